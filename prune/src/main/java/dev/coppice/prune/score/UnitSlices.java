package dev.coppice.prune.score;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.List;

/** A stored tensor cut along one axis into the slices that belong to units of structure. */
public final class UnitSlices {

    /** The longest array there can be, for sure. */
    private static final int MOST = Integer.MAX_VALUE - 8;

    private static final int CHUNK = 1 << 16;

    private final String name;
    private final int[] unitOf;
    private final int width;
    private final long inner; // elements between neighbours on the axis
    private final float[] weights;
    private final int[] sizes;

    /**
     * Cuts a tensor.
     *
     * @param name of the constant, by which evidence is found
     * @param unitOf for each index of the axis the unit that it belongs to; -1 for none
     * @param width number of units
     */
    public UnitSlices(String name, Tensor tensor, int axis, int[] unitOf, int width) {
        this.name = name;
        this.unitOf = unitOf;
        this.width = width;
        long elements = 1;
        for (int i = axis + 1; i < tensor.dims().size(); i++) {
            elements *= tensor.dims().get(i);
        }
        inner = elements;
        weights = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, weights, weights.length);
        sizes = new int[width];
        for (int i = 0; i < weights.length; i++) {
            if (unit(i) >= 0) {
                sizes[unit(i)]++;
            }
        }
    }

    private int unit(int element) {
        return unitOf[(int) (element / inner % unitOf.length)];
    }

    /** Returns the number of weights of a unit. */
    public int size(int unit) {
        return sizes[unit];
    }

    /** Scores the slice of each unit; of units without one, 0. */
    public double[] scores(Rule rule) {
        var elements = elements();
        var kinds = rule.criterion().needs(UnitKind.CHANNEL); // and of heads
        var distances = kinds.contains(Evidence.DISTANCE) ? Distances.sums(vectors(elements)) : new double[0];
        var unit = new Unit(name, rule.seed(), new double[1]);
        var scores = new double[width];
        for (int u = 0; u < width; u++) {
            if (elements[u].length == 0) {
                continue;
            }
            var room = unit.room(elements[u].length);
            for (int i = 0; i < elements[u].length; i++) {
                room[i] = weights[elements[u][i]];
            }
            for (var kind : kinds) {
                if (kind == Evidence.DISTANCE) {
                    unit.room(kind, 1)[0] = distances[u];
                } else {
                    fill(
                            unit.room(kind, elements[u].length),
                            elements[u],
                            rule.findings().of(kind, name));
                }
            }
            unit.become(u, elements[u].length);
            scores[u] = rule.criterion().score(unit);
        }
        return scores;
    }

    private static void fill(double[] room, int[] elements, Values values) {
        for (int i = 0; i < elements.length; i++) {
            room[i] = values.at(0, 0, elements[i]);
        }
    }

    private int[][] elements() {
        var elements = new int[width][];
        Arrays.setAll(elements, u -> new int[sizes[u]]);
        var filled = new int[width];
        for (int i = 0; i < weights.length; i++) {
            int u = unit(i);
            if (u >= 0) {
                elements[u][filled[u]++] = i;
            }
        }
        return elements;
    }

    private double[][] vectors(int[][] elements) {
        var vectors = new double[width][];
        Arrays.setAll(
                vectors,
                u -> Arrays.stream(elements[u]).mapToDouble(i -> weights[i]).toArray());
        return vectors;
    }

    /**
     * Scores all weights of some tensors as one unit; zeros lowest.
     *
     * @throws BadModelException when they are more than an array holds
     */
    public static double ofTensors(String structure, List<Tensor> tensors, Rule rule) {
        long size = tensors.stream().mapToLong(Tensor::size).sum();
        if (size > MOST) {
            throw new BadModelException(
                    "%s has %,d weights, too many to look at as one".formatted(structure, size),
                    "use a criterion that looks at none: random, or wanda");
        }
        var weights = new double[(int) size];
        var chunk = new float[(int) Math.min(CHUNK, size)];
        int at = 0;
        for (var tensor : tensors) {
            for (long from = 0; from < tensor.size(); from += chunk.length) {
                int count = (int) Math.min(chunk.length, tensor.size() - from);
                Elements.floats(tensor, from, chunk, count);
                for (int i = 0; i < count; i++) {
                    weights[at++] = chunk[i];
                }
            }
        }
        return Scorer.judge(new Unit(structure, rule.seed(), weights), rule.criterion());
    }

    /**
     * Scores units by what is known of each as a whole.
     *
     * @param chances a random number for each unit
     */
    public static double[] ofWholes(String structure, UnitKind unitKind, double[] chances, Rule rule) {
        var unit = new Unit(structure, rule.seed(), new double[0]);
        var scores = new double[chances.length];
        for (int u = 0; u < scores.length; u++) {
            for (var kind : rule.criterion().needs(unitKind)) {
                unit.room(kind, 1)[0] = rule.findings().of(kind, structure).at(u, 0, 0);
            }
            unit.become(u, chances[u]);
            scores[u] = rule.criterion().score(unit);
        }
        return scores;
    }
}
