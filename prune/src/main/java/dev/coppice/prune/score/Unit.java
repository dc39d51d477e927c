package dev.coppice.prune.score;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.function.IntToDoubleFunction;

/**
 * What a criterion may see of one unit: its weights, and the evidence that the criterion asked for. Good for one call of
 * {@link Criterion#score}: the machinery fills the next unit into the same memory.
 */
public final class Unit {

    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private final String layer;
    private final long stream;
    private final EnumMap<Evidence, double[]> evidence = new EnumMap<>(Evidence.class);
    private double[] weights;
    private long number;
    private int size;
    private double drawn = Double.NaN;

    Unit(String layer, long seed, double[] weights) {
        this(layer, stream(layer, seed), weights, weights.length);
    }

    private Unit(String layer, long stream, double[] weights, int size) {
        this.layer = layer;
        this.stream = stream;
        this.weights = weights;
        this.size = size;
    }

    private static long stream(String layer, long seed) {
        long stream = mix(seed);
        for (byte b : layer.getBytes(StandardCharsets.UTF_8)) {
            stream = mix(stream + GOLDEN + b);
        }
        return stream;
    }

    /** Makes a unit by itself, for trying a criterion out. */
    public static Unit of(double... weights) {
        return new Unit("w", 0, weights.clone());
    }

    /** Returns a copy with some evidence: one number a weight, or a single one for outputs and units. */
    public Unit with(Evidence kind, double... values) {
        var copy = new Unit(layer, stream, weights, size);
        copy.number = number;
        copy.drawn = drawn;
        copy.evidence.putAll(evidence);
        copy.evidence.put(kind, values.clone());
        return copy;
    }

    /** Returns the name of the weight matrix or group. */
    public String layer() {
        return layer;
    }

    /** Returns the unit's number in its layer; for single weights the index in the stored tensor. */
    public long number() {
        return number;
    }

    /**
     * Draws a number above 0 and up to 1 (SplitMix64, Steele et al. 2014) that depends on seed, layer and unit alone, not on the order of
     * work.
     */
    public double chance() {
        return !Double.isNaN(drawn) ? drawn : ((mix(stream + GOLDEN * number) >>> 11) + 1) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** Returns the number of weights. */
    public int size() {
        return size;
    }

    /** Returns weight {@code i}, row by row. */
    public double weight(int i) {
        return weights[i];
    }

    /** Returns the mean of a number for each weight, by the weight's index. */
    public double mean(IntToDoubleFunction score) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += score.applyAsDouble(i);
        }
        return sum / size;
    }

    /** Returns what is known about weight {@code i}, or about the input that it multiplies. */
    public double evidence(Evidence kind, int i) {
        return values(kind)[i];
    }

    /** Returns what is known about the unit or its output. */
    public double evidence(Evidence kind) {
        return values(kind)[0];
    }

    private double[] values(Evidence kind) {
        var values = evidence.get(kind);
        if (values == null) {
            throw new IllegalStateException("a criterion looked at " + kind + " without declaring that it needs it");
        }
        return values;
    }

    /** Returns room for at least {@code count} weights, to be filled; what was there is lost. */
    double[] room(int count) {
        if (weights.length < count) {
            weights = new double[count];
        }
        return weights;
    }

    /** Returns room for what is known of {@code count} weights. */
    double[] room(Evidence kind, int count) {
        var room = evidence.get(kind);
        if (room == null || room.length < count) {
            room = new double[count];
            evidence.put(kind, room);
        }
        return room;
    }

    void become(long newNumber, int newSize) {
        number = newNumber;
        size = newSize;
    }

    /** Becomes a whole structure, without weights, for which {@code chance} has been drawn. */
    void become(long newNumber, double chance) {
        become(newNumber, 0);
        drawn = chance;
    }

    @Override
    public String toString() {
        return layer + "#" + number + " " + Arrays.toString(Arrays.copyOf(weights, Math.min(size, 8)));
    }
}
