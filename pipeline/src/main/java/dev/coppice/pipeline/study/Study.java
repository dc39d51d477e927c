package dev.coppice.pipeline.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * An experiment.
 *
 * @param claim what it puts to the test; may be empty
 * @param settings of a recipe, the same for every cell
 * @param training settings of every training: of models that are made, and of cells that recover by training
 * @param models what is pruned, by name
 */
public record Study(
        String name,
        String title,
        String claim,
        Map<String, Object> settings,
        Map<String, Object> training,
        Map<String, StudyModel> models,
        Grid grid) {

    /** The axis of the models. */
    static final String MODEL = "model";

    /** The axis over which means are taken. */
    static final String SEED = "seed";

    /**
     * The combinations of settings that are tried.
     *
     * @param axes what is combined; every combination of choices is a cell
     * @param skips combinations that are left out: a cell that agrees with all that one of them names
     * @param across the axis that charts and tables show from left to right
     */
    record Grid(List<Axis> axes, List<Map<String, Set<String>>> skips, String across) {
        Grid {
            axes = List.copyOf(axes);
            skips = List.copyOf(skips);
        }

        /** Returns how many cells the grid has, skipped ones too; the largest long where it has more. */
        long size() {
            long size = 1;
            for (var axis : axes) {
                int choices = axis.choices().size();
                size = size > Long.MAX_VALUE / choices ? Long.MAX_VALUE : size * choices;
            }
            return size;
        }

        private boolean isSkipped(Map<String, String> at) {
            return skips.stream().anyMatch(skip -> agrees(at, skip));
        }

        private static boolean agrees(Map<String, String> at, Map<String, Set<String>> skip) {
            return skip.entrySet().stream()
                    .allMatch(entry -> entry.getValue().contains(at.getOrDefault(entry.getKey(), "")));
        }
    }

    /** One dimension of the grid. */
    record Axis(String name, List<Choice> choices) {
        Axis {
            choices = List.copyOf(choices);
        }
    }

    /** One value of an axis: a name for people, and the settings that it stands for. */
    record Choice(String name, Map<String, Object> settings) {}

    /**
     * One cell.
     *
     * @param at the choice on each axis, by name
     * @param settings all settings, but for the files
     */
    public record Cell(Map<String, String> at, Map<String, Object> settings) {

        /** Returns the choice on an axis; empty when the grid has no such axis. */
        public String at(String axis) {
            return at.getOrDefault(axis, "");
        }

        long seed() {
            return settings.get(SEED) instanceof Number seed ? seed.longValue() : 0;
        }

        /** Returns a name for messages. */
        public String name() {
            return at.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + entry.getValue())
                    .collect(Collectors.joining(", "));
        }
    }

    public Study {
        settings = new LinkedHashMap<>(settings);
        training = new LinkedHashMap<>(training);
        models = new LinkedHashMap<>(models);
    }

    /** Returns this study with some of its settings replaced. */
    public Study with(Map<String, Object> over) {
        var merged = new LinkedHashMap<>(settings);
        merged.putAll(over);
        return new Study(name, title, claim, merged, training, models, grid);
    }

    /** Returns all cells; those of the last axis follow each other. */
    public List<Cell> cells() {
        var cells = new ArrayList<Cell>();
        expand(0, new LinkedHashMap<>(), new LinkedHashMap<>(settings), cells);
        return cells;
    }

    private void expand(int axis, Map<String, String> at, Map<String, Object> values, List<Cell> cells) {
        if (axis == grid.axes().size()) {
            if (values.containsKey("fine-tune") || values.containsKey("distill")) {
                training.forEach(values::putIfAbsent);
            }
            if (!grid.isSkipped(at)) {
                cells.add(new Cell(new LinkedHashMap<>(at), new LinkedHashMap<>(values)));
            }
            return;
        }
        var dimension = grid.axes().get(axis);
        for (var choice : dimension.choices()) {
            var nextAt = new LinkedHashMap<>(at);
            nextAt.put(dimension.name(), choice.name());
            var nextValues = new LinkedHashMap<>(values);
            nextValues.putAll(choice.settings());
            expand(axis + 1, nextAt, nextValues, cells);
        }
    }
}
