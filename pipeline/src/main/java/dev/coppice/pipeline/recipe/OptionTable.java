package dev.coppice.pipeline.recipe;

import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Group;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The one table of options. The command line, its help, recipes, their schema, fingerprints of runs and keys of measured cells all
 * derive from it.
 */
public final class OptionTable {

    private static final Map<String, Option> TABLE = OptionList.all();

    /** What earlier versions knew, and what to say now. */
    private static final Map<String, String> RETIRED = Map.of(
            "reconstruct", "it is called repair: least-squares (--repair least-squares)",
            "aggregate", "leave it out: coupled matrices count with the mean of their norms");

    private OptionTable() {}

    /** Returns all, in the order in which help lists them. */
    public static List<Option> all() {
        return List.copyOf(TABLE.values());
    }

    /** Returns the option of this name. */
    public static Option named(String name) {
        return Optional.ofNullable(TABLE.get(name)).orElseThrow(() -> new IllegalArgumentException(name));
    }

    /** Returns those of some groups. */
    public static Stream<Option> of(Group first, Group... more) {
        var groups = EnumSet.of(first, more);
        return TABLE.values().stream().filter(option -> groups.contains(option.group()));
    }

    /** Returns the names of those of some groups, in the order of the table. */
    static Set<String> names(Group first, Group... more) {
        return of(first, more).map(Option::name).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Returns the names of all. */
    public static Set<String> names() {
        return TABLE.keySet();
    }

    /** Returns those of some settings that affect one of these, in the order of the table. */
    public static Map<String, Object> affecting(Map<String, Object> settings, Affects first, Affects... more) {
        var wanted = EnumSet.of(first, more);
        var kept = new LinkedHashMap<String, Object>();
        TABLE.forEach((name, option) -> {
            var value = settings.get(name);
            if (value != null && wanted.contains(option.affects())) {
                kept.put(name, value);
            }
        });
        return kept;
    }

    /** Returns what to say of a name that is not in the table. */
    public static String hint(String unknown) {
        return retired(unknown).orElseGet(() -> Similar.hint(unknown, names()));
    }

    /** Returns what to say of a name that earlier versions knew. */
    public static Optional<String> retired(String name) {
        return Optional.ofNullable(RETIRED.get(name));
    }

    /** Returns settings with known words in lower case; throws for a name that is not in the table, and for a value that its option cannot have. */
    static Settings checked(Settings settings) {
        var words = new LinkedHashMap<String, Object>();
        for (var name : settings.values().keySet()) {
            var option = TABLE.get(name);
            if (option == null) {
                throw settings.error("unknown setting '" + name + "'", hint(name));
            }
            check(settings, option);
            if (option.type() instanceof Option.Type.Text(var _, boolean open) && !open) {
                words.put(name, settings.requiredText(name).toLowerCase(Locale.ROOT));
            }
        }
        return settings.with(words);
    }

    private static void check(Settings settings, Option option) {
        var name = option.name();
        switch (option.type()) {
            case Option.Type.Flag _ -> settings.flag(name);
            case Option.Type.Texts _ -> settings.texts(name);
            case Option.Type.Numbers _ -> settings.numbers(name);
            case Option.Type.Shares _ -> settings.numbersByName(name);
            case Option.Type.Text text -> {
                var value = settings.requiredText(name);
                if (!text.open() && text.values().stream().noneMatch(value::equalsIgnoreCase)) {
                    throw settings.error(
                            "unknown " + name + " '" + value + "'",
                            "choose " + String.join(", ", text.values()).replaceFirst(", ([^,]*)$", " or $1"));
                }
            }
            case Option.Type.Real range -> {
                double number = settings.number(name).orElseThrow();
                if (!range.holds(number)) {
                    throw settings.error("'" + name + "' is " + number, "give a number " + range);
                }
            }
            case Option.Type.Whole range -> {
                long number = settings.integer(name).orElseThrow();
                if (number < range.least() || number > range.most()) {
                    throw settings.error("'" + name + "' is " + number, "give a whole number, " + range);
                }
            }
        }
    }
}
