package dev.coppice.pipeline.study;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Similar;
import dev.coppice.pipeline.study.Study.Axis;
import dev.coppice.pipeline.study.Study.Choice;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads studies; docs/studies.md describes the form. */
public final class StudyFile {

    private static final Set<String> PARTS =
            Set.of("title", "claim", "settings", "training", "models", "grid", "skip", "across");

    /** Settings that a study chooses for its cells itself. */
    private static final Set<String> OWN = Set.of("model", "output", "run");

    private static final long MOST_CELLS = 100_000;
    private static final int MOST_SKIPS = 1_000;
    private static final int LONGEST = 200; // name

    private final Path file;

    private StudyFile(Path file) {
        this.file = file;
    }

    /** Reads a study; throws {@link BadInputException} when it is missing or makes no sense. */
    public static Study read(Path file) {
        return new StudyFile(file).read();
    }

    private Study read() {
        var parts = RecipeFile.read(file).values();
        for (var part : parts.keySet()) {
            if (!PARTS.contains(part)) {
                throw error("unknown part '" + part + "'", Similar.hint(part, PARTS));
            }
        }
        var name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
        var models = new LinkedHashMap<String, StudyModel>();
        map("models", parts.get("models"))
                .forEach((model, value) -> models.put(model, model(model, map("model " + model, value))));
        if (models.isEmpty()) {
            throw error("no models", "write models: {NAME: {new: lenet300, epochs: 5}} or {NAME: {file: m.onnx}}");
        }
        var axes = new ArrayList<Axis>();
        axes.add(new Axis(
                Study.MODEL,
                models.keySet().stream()
                        .map(model -> new Choice(model, Map.of()))
                        .toList()));
        map("grid", parts.get("grid")).forEach((axis, value) -> axes.add(axis(axis, value)));
        var across = String.valueOf(parts.getOrDefault("across", "sparsity"));
        var study = new Study(
                name,
                String.valueOf(parts.getOrDefault("title", name)),
                String.valueOf(parts.getOrDefault("claim", "")),
                map("settings", parts.get("settings")),
                map("training", parts.get("training")),
                models,
                new Study.Grid(axes, skips(parts.get("skip"), axes), across));
        requireNames(study);
        if (study.grid().size() > MOST_CELLS || study.grid().skips().size() > MOST_SKIPS) {
            throw error(
                    "a grid of %,d cells, %,d times skipped"
                            .formatted(study.grid().size(), study.grid().skips().size()),
                    "a study has at most %,d cells, and %,d skips".formatted(MOST_CELLS, MOST_SKIPS));
        }
        if (study.cells().isEmpty()) {
            throw error("the grid has no cells", "skip less");
        }
        return study;
    }

    /** Throws for names that would disturb a terminal or a table, and for settings that no recipe has, or no study may. */
    private void requireNames(Study study) {
        study.grid().axes().forEach(axis -> {
            requireName(axis.name());
            axis.choices().forEach(choice -> {
                requireName(choice.name());
                requireSettings(choice.settings());
            });
        });
        requireSettings(study.settings());
        requireSettings(study.training());
        study.models().values().forEach(model -> {
            if (model instanceof StudyModel.Fresh fresh) {
                requireSettings(fresh.training());
            }
        });
    }

    private void requireName(String name) {
        if (name.isBlank() || name.length() > LONGEST || name.chars().anyMatch(Character::isISOControl)) {
            throw error(
                    "a name that is empty, longer than " + LONGEST + " characters or has control characters",
                    "name models, axes and choices for people");
        }
    }

    private void requireSettings(Map<String, Object> settings) {
        settings.forEach((name, value) -> {
            if (!OptionTable.names().contains(name)) {
                throw error("unknown setting '" + name + "'", OptionTable.hint(name));
            }
            if (OWN.contains(name)) {
                throw error(
                        "'" + name + "' in a study", "a study keeps all its files in its run directory: leave it out");
            }
        });
    }

    private StudyModel model(String name, Map<String, Object> values) {
        var rest = new LinkedHashMap<>(values);
        var stored = rest.remove("file");
        var architecture = rest.remove("new");
        if ((stored == null) == (architecture == null)) {
            throw error(
                    "model " + name + " has " + (stored == null ? "neither" : "both") + " file and new", "give one");
        }
        if (stored != null) {
            if (!rest.isEmpty()) {
                throw error("model " + name + " is a file and has " + rest.keySet(), "leave that out");
            }
            try {
                return new StudyModel.Stored(Path.of(stored.toString()));
            } catch (InvalidPathException e) {
                throw error("the file of model " + name + " is no path: " + e.getReason(), "name a file");
            }
        }
        var input = rest.remove("input");
        var classes = rest.remove("classes");
        return new StudyModel.Fresh(
                String.valueOf(architecture),
                input == null ? "" : input.toString(),
                classes instanceof Number number ? number.intValue() : 10,
                rest);
    }

    /** Reads an axis: a list of values of the setting that it is named after, or settings by name. */
    private Axis axis(String name, @Nullable Object value) {
        var choices = new ArrayList<Choice>();
        if (value instanceof List<?> list) {
            list.forEach(choice -> choices.add(new Choice(String.valueOf(choice), one(name, choice))));
        } else {
            map("axis " + name, value)
                    .forEach((choice, settings) -> choices.add(new Choice(choice, map("choice " + choice, settings))));
        }
        if (choices.isEmpty()) {
            throw error("axis " + name + " has no choices", "write " + name + ": [A, B] or {NAME: {SETTING: VALUE}}");
        }
        return new Axis(name, choices);
    }

    private Map<String, Object> one(String name, @Nullable Object value) {
        if (value == null || value instanceof Map<?, ?> || value instanceof List<?>) {
            throw error("axis " + name + " has the value " + value, "list plain values, or name settings");
        }
        return Map.of(name, value);
    }

    private List<Map<String, Set<String>>> skips(@Nullable Object value, List<Axis> axes) {
        var skips = new ArrayList<Map<String, Set<String>>>();
        for (var entry : value instanceof List<?> list ? list : List.of()) {
            var skip = new LinkedHashMap<String, Set<String>>();
            map("skip", entry).forEach((axis, choices) -> {
                var names = (choices instanceof List<?> list ? list : List.of(choices))
                        .stream().map(String::valueOf).toList();
                var known = axes.stream()
                        .filter(candidate -> candidate.name().equals(axis))
                        .flatMap(candidate -> candidate.choices().stream().map(Choice::name))
                        .collect(Collectors.toSet());
                if (!known.containsAll(names)) {
                    throw error("skip names " + axis + " " + names, "axis and choices have to be those of the grid");
                }
                skip.put(axis, Set.copyOf(names));
            });
            skips.add(skip);
        }
        return skips;
    }

    private Map<String, Object> map(String what, @Nullable Object value) {
        var map = new LinkedHashMap<String, Object>();
        if (value == null) {
            return map;
        }
        if (!(value instanceof Map<?, ?> given)) {
            throw error(what + " is no mapping", "see docs/studies.md");
        }
        given.forEach((key, entry) -> {
            if (entry != null) {
                map.put(String.valueOf(key), entry);
            } else {
                map.put(String.valueOf(key), Map.of());
            }
        });
        return map;
    }

    private BadInputException error(String message, String hint) {
        return new BadInputException(file + ": " + message, hint);
    }
}
