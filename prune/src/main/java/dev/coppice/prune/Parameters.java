package dev.coppice.prune;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.prune.Parameter.Kind;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Finds the weights of a model that can be pruned. */
public final class Parameters {

    private Parameters() {}

    /**
     * Returns the weights that a selection names, and those that it names but that cannot be pruned.
     *
     * @throws UsageException when a glob matches nothing
     */
    public static ParameterList of(Model model, Selection selection) {
        var constants = ParameterFinder.find(model);
        var keep = selection.keep().stream().map(Glob::new).toList();
        var only = selection.only().stream().map(Glob::new).toList();
        requireMatches(keep, constants);
        requireMatches(only, constants);
        var asking =
                only.stream().filter(glob -> !matchesOrdinary(glob, constants)).toList();
        return new ParameterList(
                constants.parameters().stream()
                        .filter(parameter -> !matchesAny(keep, parameter.aliases()))
                        .filter(parameter -> parameter.kind() == Kind.WEIGHT
                                ? only.isEmpty() || matchesAny(only, parameter.aliases())
                                : matchesAny(asking, parameter.aliases()))
                        .toList(),
                constants.blocked().stream()
                        .filter(blocked -> !matchesAny(keep, blocked.aliases()))
                        .filter(blocked -> only.isEmpty() || matchesAny(only, blocked.aliases()))
                        .toList());
    }

    /**
     * Returns the weights that a plan names.
     *
     * @throws BadInputException when the model has no such weight, or one of another shape
     */
    public static ParameterList of(Model model, WeightPlan plan) {
        var byName = new LinkedHashMap<String, Parameter>();
        ParameterFinder.find(model).parameters().forEach(parameter -> byName.put(parameter.name(), parameter));
        var named = new ArrayList<Parameter>();
        var names = new LinkedHashSet<String>();
        for (var entry : plan.entries()) {
            var parameter = byName.get(entry.name());
            if (parameter == null) {
                throw new BadInputException(
                        "the plan names a weight " + entry.name() + " that the model does not have",
                        nearest(entry.name(), byName.keySet()));
            }
            if (!parameter.shape().equals(entry.shape())) {
                throw new BadInputException(
                        "the plan was made for a weight " + entry.name() + " of shape " + entry.shape()
                                + ", the model's is " + parameter.shape(),
                        "apply the plan to the model that it was made for");
            }
            if (!names.add(entry.name())) {
                throw new BadInputException(
                        "the plan names the weight " + entry.name() + " twice", "leave one of the two entries");
            }
            named.add(parameter);
        }
        return new ParameterList(named, List.of());
    }

    private static boolean matchesOrdinary(Glob glob, ParameterFinder.Constants constants) {
        return constants.blocked().stream().anyMatch(blocked -> matches(glob, blocked.aliases()))
                || constants.parameters().stream()
                        .anyMatch(parameter -> parameter.kind() == Kind.WEIGHT && matches(glob, parameter.aliases()));
    }

    private static void requireMatches(List<Glob> globs, ParameterFinder.Constants constants) {
        Set<String> names = new LinkedHashSet<>();
        constants.parameters().forEach(parameter -> names.addAll(parameter.aliases()));
        constants.blocked().forEach(blocked -> names.addAll(blocked.aliases()));
        for (var glob : globs) {
            if (!matches(glob, names)) {
                throw new UsageException(
                        "'" + glob + "' matches no weight and no node with a weight", nearest(glob.toString(), names));
            }
        }
    }

    static boolean matches(Glob glob, Collection<String> names) {
        return names.stream().anyMatch(glob::matches);
    }

    private static boolean matchesAny(List<Glob> globs, List<String> names) {
        return globs.stream().anyMatch(glob -> matches(glob, names));
    }

    /** Returns a hint that names what the model has and is spelled most like {@code name}. */
    public static String nearest(String name, Collection<String> names) {
        return names.isEmpty()
                ? "the model has no weights"
                : "the nearest names are " + String.join(", ", NearestNames.of(name, names, 3));
    }
}
