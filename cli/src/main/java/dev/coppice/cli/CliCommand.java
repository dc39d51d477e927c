package dev.coppice.cli;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.pipeline.recipe.Option;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.OptionTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * A command: it declares its arguments in its constructor and uses them in {@link #call}. Arguments that a recipe has too are
 * declared as settings.
 *
 * <p>Declared by calls, not by picocli's annotations: to read those, the JVM makes a class per kind of annotation, which no AOT
 * cache can hold, and that is most of the time of a short command (docs/adr/0006-start-of-prune.md).
 */
abstract class CliCommand implements Callable<Integer> {

    private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
    private final Argument<Boolean> json =
            new Argument<>(flagSpec("Print one JSON document instead of text.", "--json"));
    private final Map<String, Argument<?>> settings = new LinkedHashMap<>(); // by the name of the setting
    private final Map<Group, List<OptionSpec>> groups = new EnumMap<>(Group.class);
    private final List<PositionalParamSpec> parameters = new ArrayList<>();
    final Console console = new Console(spec, json);

    CliCommand(String name, String... description) {
        spec.name(name);
        spec.usageMessage().description(description).sortOptions(false);
    }

    /** Returns the command as picocli knows it, complete with the options that every command has. */
    final CommandSpec spec() {
        // After the options: picocli names a missing option and a missing parameter together in this order only.
        parameters.forEach(spec::addPositional);
        spec.addOption((OptionSpec) json.spec());
        addHelp(spec);
        if (groups.size() > 1) {
            spec.usageMessage()
                    .abbreviateSynopsis(true)
                    .sectionMap()
                    .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, this::grouped);
        }
        return spec;
    }

    /** Lists the options under the headings of their groups; what is in none closes the list. */
    private String grouped(Help help) {
        var rest = new ArrayList<>(spec.options());
        groups.values().forEach(rest::removeAll);
        var text = new StringBuilder();
        groups.forEach((group, options) -> {
            var listed = new ArrayList<>(options);
            if (group == Group.OUTPUT) {
                listed.addAll(rest);
            }
            var layout = help.createDefaultLayout(spec.options(), spec.positionalParameters(), help.colorScheme());
            layout.addAllOptions(listed, help.parameterLabelRenderer());
            text.append("%n%s:%n%s".formatted(group.heading(), layout));
        });
        return text.toString();
    }

    /** Adds {@code --help} and {@code --version}. */
    static void addHelp(CommandSpec spec) {
        spec.addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help message and exit.")
                        .build())
                .addOption(OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print version information and exit.")
                        .build());
    }

    final void footer(String... lines) {
        spec.usageMessage().footer(lines);
    }

    final Argument<Boolean> flag(String name, String description) {
        return add(flagSpec(description, name));
    }

    final <T> Argument<T> option(String name, String label, Class<T> type, String description) {
        return add(builder(label, description, name).type(type).build());
    }

    final <T> Argument<T> option(String name, String label, Class<T> type, String otherwise, String description) {
        return add(builder(label, description, name)
                .type(type)
                .defaultValue(otherwise)
                .build());
    }

    final Argument<List<String>> repeatable(String name, String label, String description) {
        return add(builder(label, description, name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .build());
    }

    final <T> Argument<T> parameter(String label, Class<T> type, String description) {
        return addLast(PositionalParamSpec.builder()
                .paramLabel(label)
                .description(description)
                .index("0")
                .required(true)
                .type(type)
                .build());
    }

    final Argument<List<Path>> files(String label, String description) {
        return addLast(PositionalParamSpec.builder()
                .paramLabel(label)
                .description(description)
                .arity("1..*")
                .required(true)
                .type(List.class)
                .auxiliaryTypes(Path.class)
                .build());
    }

    /** Declares the model as a parameter. */
    final Argument<Path> model(String description) {
        var model = parameter("MODEL", Path.class, description);
        settings.put("model", model);
        return model;
    }

    /** Declares where the result goes. */
    final Argument<Path> output(boolean required) {
        var option = OptionTable.named("output");
        Argument<Path> output = add(
                builder(option, "-o", "--output")
                        .type(Path.class)
                        .required(required)
                        .build(),
                option.group());
        settings.put(option.name(), output);
        return output;
    }

    /** Declares options of the table. */
    final void settings(String... names) {
        for (var name : names) {
            settingAs(name, name);
        }
    }

    /** Declares all options of some groups of the table, but those named here. */
    final void settings(Set<String> without, Group first, Group... more) {
        OptionTable.of(first, more)
                .map(Option::name)
                .filter(name -> !without.contains(name))
                .forEach(this::settings);
    }

    /** Declares an option of the table under another name, which says enough in this command. */
    final void settingAs(String flag, String name) {
        var option = OptionTable.named(name);
        settings.put(name, add(builder(option, "--" + flag).build(), option.group()));
    }

    private static OptionSpec.Builder builder(Option option, String... names) {
        var builder = OptionSpec.builder(names).description(option.description());
        return switch (option.type()) {
            case Option.Type.Flag _ -> builder;
            case Option.Type.Texts _, Option.Type.Shares _ ->
                builder.paramLabel(option.label()).type(List.class).auxiliaryTypes(String.class);
            case Option.Type.Real _ -> builder.paramLabel(option.label()).type(Double.class);
            case Option.Type.Whole _ -> builder.paramLabel(option.label()).type(Long.class);
            case Option.Type.Text _, Option.Type.Numbers _ ->
                builder.paramLabel(option.label()).type(String.class);
        };
    }

    /** Returns the input sizes that {@code --shape} gives, by input. */
    static Map<String, List<Long>> sizes(Argument<List<String>> shapes) {
        return RandomInputs.parseShapes(shapes.given().orElse(List.of()));
    }

    final Argument<Integer> threads() {
        return option("--threads", "N", Integer.class, "Default: one per processor.");
    }

    /** Returns the settings that were given, in the order of their declaration; files as texts. */
    final Map<String, Object> settings() {
        var given = new LinkedHashMap<String, Object>();
        settings.forEach((name, argument) -> argument.given()
                .ifPresent(value -> given.put(name, value instanceof Path file ? file.toString() : value)));
        given.replaceAll((name, value) ->
                OptionTable.named(name).type() instanceof Option.Type.Shares ? shares(name, (List<?>) value) : value);
        return given;
    }

    /** Reads {@code GLOB=S}; the last of a glob wins, and comes last. */
    private static Map<String, Object> shares(String name, List<?> texts) {
        var shares = new LinkedHashMap<String, Object>();
        for (var each : texts) {
            var text = each.toString();
            int at = text.lastIndexOf('=');
            if (at < 1) {
                throw new UsageException("--" + name + " " + text, "write --" + name + " '*ffn*=0.8'");
            }
            shares.remove(text.substring(0, at));
            shares.put(text.substring(0, at), number(name, text.substring(at + 1)));
        }
        return shares;
    }

    private static double number(String name, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new UsageException(
                    "--" + name + ": " + text + " is no number", "write --" + name + " '*ffn*=0.8'", e);
        }
    }

    private static OptionSpec flagSpec(String description, String name) {
        return OptionSpec.builder(name).description(description).build();
    }

    private static OptionSpec.Builder builder(String label, String description, String... names) {
        return OptionSpec.builder(names).paramLabel(label).description(description);
    }

    private <T> Argument<T> addLast(PositionalParamSpec parameter) {
        parameters.add(parameter);
        return new Argument<>(parameter);
    }

    private <T> Argument<T> add(OptionSpec option) {
        return add(option, Group.OUTPUT);
    }

    private <T> Argument<T> add(OptionSpec option, Group group) {
        spec.addOption(option);
        groups.computeIfAbsent(group, _ -> new ArrayList<>()).add(option);
        return new Argument<>(option);
    }
}
