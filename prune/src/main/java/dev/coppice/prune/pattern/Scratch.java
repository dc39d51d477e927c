package dev.coppice.prune.pattern;

/** The buffers of one worker; they grow to the largest piece of work and are used again. Not thread-safe. */
public final class Scratch {

    private float[] floats = {};
    private double[] tile = {};
    private double[] unit = {};
    private double[] run = {};

    /** Returns at least {@code count} floats for reading stored weights. */
    public float[] floats(int count) {
        if (floats.length < count) {
            floats = new float[count];
        }
        return floats;
    }

    /** Returns at least {@code count} doubles for a run of stored weights. */
    public double[] run(int count) {
        if (run.length < count) {
            run = new double[count];
        }
        return run;
    }

    /** Returns at least {@code count} doubles for a part of a matrix. */
    public double[] tile(int count) {
        if (tile.length < count) {
            tile = new double[count];
        }
        return tile;
    }

    /** Returns at least {@code count} doubles for the weights, or the scores, of one unit or group. */
    public double[] unit(int count) {
        if (unit.length < count) {
            unit = new double[count];
        }
        return unit;
    }
}
