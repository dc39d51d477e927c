package dev.coppice.prune;

import dev.coppice.ir.layer.UnitGrid;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.TestUnits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;

/** Selects by the definition: every unit as an object, one stable sort. */
final class Oracle {

    /** One unit: its weights' places in the stored tensor and its score. */
    record Unit(Parameter parameter, long[] elements, double score) {}

    private Oracle() {}

    /** Returns the units of a weight in the order in which ties are broken. */
    static List<Unit> units(Parameter parameter, Pattern pattern, Criterion criterion, long seed) {
        return pattern instanceof Pattern.Unstructured
                ? singleWeights(parameter, criterion, seed)
                : gridUnits(parameter, pattern.grid(parameter.matrix()), criterion, seed);
    }

    private static List<Unit> singleWeights(Parameter parameter, Criterion criterion, long seed) {
        var values = Tensors.read(parameter.source());
        var matrix = parameter.matrix();
        var units = new ArrayList<Unit>();
        for (long r : matrix.rows().offsets()) {
            for (long c : matrix.columns().offsets()) {
                long element = matrix.weight().offset() + r + c;
                units.add(new Unit(
                        parameter,
                        new long[] {element},
                        score(criterion, parameter, seed, new double[] {values[(int) element]}, element)));
            }
        }
        if (criterion.ranksWeightsByMagnitude()) {
            units.sort(Comparator.comparingLong(unit -> unit.elements[0])); // others tie row by row
        }
        return units;
    }

    private static double score(Criterion criterion, Parameter parameter, long seed, double[] weights, long number) {
        return TestUnits.score(criterion, parameter.name(), seed, weights, number);
    }

    private static List<Unit> gridUnits(Parameter parameter, UnitGrid grid, Criterion criterion, long seed) {
        var values = Tensors.read(parameter.source());
        var rows = parameter.matrix().rows().offsets();
        var columns = parameter.matrix().columns().offsets();
        var units = new ArrayList<Unit>();
        for (int top = 0; top < rows.length; top += grid.height()) {
            for (int left = 0; left < columns.length; left += grid.width()) {
                var elements = new ArrayList<Long>();
                for (int r = top; r < Math.min(rows.length, top + grid.height()); r++) {
                    for (int c = left; c < Math.min(columns.length, left + grid.width()); c++) {
                        elements.add(parameter.matrix().weight().offset() + rows[r] + columns[c]);
                    }
                }
                var weights = elements.stream()
                        .mapToDouble(e -> values[Math.toIntExact(e)])
                        .toArray();
                units.add(new Unit(
                        parameter,
                        elements.stream().mapToLong(e -> e).toArray(),
                        score(criterion, parameter, seed, weights, units.size())));
            }
        }
        return units;
    }

    /** Returns the first {@code count} units by score; equal ones stay in order. */
    static List<Unit> lowest(List<Unit> units, long count) {
        var sorted = new ArrayList<>(units);
        sorted.sort(Comparator.comparingDouble(Unit::score));
        return sorted.subList(0, (int) count);
    }

    /** Returns the lowest weights of each row, by the quota of its size. */
    static List<Unit> lowestInRows(Parameter parameter, Criterion criterion, long seed, IntUnaryOperator quota) {
        var columns = parameter.matrix().columns().offsets();
        return lowestInGroups(parameter, criterion, seed, List.of(columns), columns.length, quota);
    }

    /**
     * Returns the lowest weights of groups along the input features, by the quota of each group's size: of a convolution
     * {@code [outC, inC, k...]} along inC at each place of the kernel.
     */
    static List<Unit> lowestInGroups(
            Parameter parameter, Criterion criterion, long seed, int group, IntUnaryOperator quota) {
        var dims = parameter.source().dims();
        if (dims.size() == 2) {
            var columns = parameter.matrix().columns().offsets();
            return lowestInGroups(parameter, criterion, seed, List.of(columns), group, quota);
        }
        long places = dims.get(2) * dims.get(3);
        var runs = new ArrayList<long[]>();
        for (long place = 0; place < places; place++) {
            long first = place;
            runs.add(LongStream.range(0, dims.get(1))
                    .map(c -> first + c * places)
                    .toArray());
        }
        return lowestInGroups(parameter, criterion, seed, runs, group, quota);
    }

    private static List<Unit> lowestInGroups(
            Parameter parameter, Criterion criterion, long seed, List<long[]> runs, int group, IntUnaryOperator quota) {
        var chosen = new ArrayList<Unit>();
        for (long row : parameter.matrix().rows().offsets()) {
            for (var run : runs) {
                chosen.addAll(lowestInRun(parameter, criterion, seed, row, run, group, quota));
            }
        }
        return chosen;
    }

    private static List<Unit> lowestInRun(
            Parameter parameter,
            Criterion criterion,
            long seed,
            long row,
            long[] columns,
            int group,
            IntUnaryOperator quota) {
        var values = Tensors.read(parameter.source());
        var chosen = new ArrayList<Unit>();
        for (int from = 0; from < columns.length; from += group) {
            var members = new ArrayList<Unit>();
            for (int c = from; c < Math.min(columns.length, from + group); c++) {
                long element = parameter.matrix().weight().offset() + row + columns[c];
                double score = score(criterion, parameter, seed, new double[] {values[(int) element]}, element);
                members.add(new Unit(parameter, new long[] {element}, score));
            }
            chosen.addAll(lowest(members, quota.applyAsInt(members.size())));
        }
        return chosen;
    }

    /** Returns which elements of each stored tensor are pruned, by its name. */
    static Map<String, boolean[]> masks(List<Parameter> parameters, List<Unit> pruned) {
        var masks = new HashMap<String, boolean[]>();
        for (var parameter : parameters) {
            masks.putIfAbsent(
                    parameter.source().name(),
                    new boolean[(int) parameter.source().size()]);
        }
        for (var unit : pruned) {
            for (long element : unit.elements) {
                masks.get(unit.parameter.source().name())[(int) element] = true;
            }
        }
        return masks;
    }
}
