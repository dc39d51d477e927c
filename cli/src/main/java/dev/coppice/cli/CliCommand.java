package dev.coppice.cli;

import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.measure.RandomInputs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

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
    private final List<Argument<?>> settings = new ArrayList<>();
    private final Map<Argument<?>, String> renamed = new HashMap<>();
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
        return spec;
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

    /** Makes an argument a setting. */
    final <T> Argument<T> setting(Argument<T> argument) {
        settings.add(argument);
        return argument;
    }

    /** Makes an argument the setting {@code name}. */
    final void settingNamed(String name, Argument<?> argument) {
        renamed.put(argument, name);
        settings.add(argument);
    }

    final Argument<Path> output(boolean required, String description) {
        return add(builder("OUT", description, "-o", "--output")
                .type(Path.class)
                .required(required)
                .build());
    }

    final void forceSetting() {
        setting(flag("--force", "Let the result replace the model itself."));
    }

    final void measureSettings() {
        setting(flag("--measure", "Measure latency and gzip size for the receipt, too."));
        setting(repeatable(
                "--shape", "NAME=SIZES", "Input shape to count MACs and measure at, as x=1x3x224x224; repeatable."));
    }

    /** Returns the input sizes that {@code --shape} gives, by input. */
    static Map<String, List<Long>> sizes(Argument<List<String>> shapes) {
        return RandomInputs.parseShapes(shapes.given().orElse(List.of()));
    }

    final void runSetting() {
        setting(option("--run", "DIR", String.class, "Leave recipe, plan, provenance and receipt there."));
    }

    final Argument<Integer> threads() {
        return option("--threads", "N", Integer.class, "Default: one per processor.");
    }

    /** Declares the options that say which data to use and how to feed them. */
    final void dataSettings() {
        textSetting("--data", "SPEC", "Data to measure quality on: " + DataSpec.FORMS);
        textSetting("--tokenizer", "FILE", "tokenizer.json, for texts.");
        textSetting("--mean", "A,B,C", "Mean per channel, on pixels scaled to [0,1].");
        textSetting("--std", "A,B,C", "Standard deviation per channel, likewise.");
        textSetting("--size", "HxW", "Resize images to this height and width.");
        textSetting("--layout", "nchw|nhwc", "Order of image axes, if not as the model says.");
        textSetting("--pooling", "mean|cls", "From token vectors to a sentence's; default mean.");
        textSetting("--split", "train|test|all", "Part of the data; default test to evaluate.");
        setting(option("--limit", "N", Long.class, "Use only the first N samples."));
    }

    /** Declares the options that say how weights are trained. */
    final void trainingSettings() {
        setting(option(
                "--lr",
                "X",
                Double.class,
                "Peak of the learning rate; default by optimizer, lowered where trials show harm."));
        textSetting("--optimizer", "O", "sgd (default for images) or adamw (default for texts and tokens).");
        setting(option("--batch", "N", Integer.class, "Samples of a step; default 64 images, 32 texts, 4 windows."));
        textSetting("--augment", "A", "Random changes of images: flip, cropN or flip,cropN; default none.");
        setting(option("--max-length", "N", Integer.class, "The most tokens of a text."));
        setting(option("--weight-decay", "X", Double.class, "On matrices only; default 5e-4 (sgd), 0.01 (adamw)."));
        setting(option("--label-smoothing", "X", Double.class, "Share of the target given to all classes alike."));
        setting(option("--clip", "X", Double.class, "The most that the gradient's norm may be; 0 for no limit."));
        setting(option(
                "--accumulate",
                "N",
                Integer.class,
                "Batches whose gradients make up one step; default 1, more for models of a small fixed batch."));
        setting(option("--ema", "X", Double.class, "Save a moving average of the weights with this decay."));
        setting(option("--warm-up", "X", Double.class, "Share of the steps over which the rate rises."));
        textSetting(
                "--batch-norm",
                "train|frozen",
                "Whether its statistics follow the batches; default train, but for a small fixed batch.");
        setting(option(
                "--l1-scale",
                "X",
                Double.class,
                "Sparse training: L1 penalty on the scales of channels, as 1e-4; prune: for bn-scale."));
        setting(repeatable("--freeze", "GLOB", "Leave constants as they are; embeddings always stay. Repeatable."));
        setting(option("--patience", "N", Integer.class, "End a stage after N epochs without a lower mean loss."));
        textSetting("--test-data", "SPEC", "Judge on this data instead of --data.");
    }

    /** Declares the options that say how the result becomes int8. */
    final void int8Settings() {
        textSetting("--int8", "dynamic|static", "Make the result int8; see 'coppice compress --help'.");
        setting(option(
                "--max-drop", "X", Double.class, "Leave layers in float until quality on --data drops by at most X."));
        setting(flag("--int8-embeddings", "Tables read by Gather become int8 rows, too (dynamic)."));
        setting(option(
                "--int8-calibrate", "N", Long.class, "Samples for the ranges of activations (static); default 256."));
        textSetting("--int8-ranges", "M", "How these are found: percentile (default), mse, minmax.");
        textSetting(
                "--seven-bit",
                "auto|yes|no",
                "Use 7 bits of weights, for x86 without VNNI; default auto: as this machine.");
    }

    final void textSetting(String name, String label, String description) {
        setting(option(name, label, String.class, description));
    }

    /** Returns the settings that were given, in the order of their declaration; files as texts. */
    final Map<String, Object> settings() {
        var given = new LinkedHashMap<String, Object>();
        for (var argument : settings) {
            argument.given()
                    .ifPresent(value -> given.put(
                            renamed.getOrDefault(argument, argument.setting()),
                            value instanceof Path file ? file.toString() : value));
        }
        return given;
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

    private <T> Argument<T> add(ArgSpec argument) {
        spec.add(argument);
        return new Argument<>(argument);
    }
}
