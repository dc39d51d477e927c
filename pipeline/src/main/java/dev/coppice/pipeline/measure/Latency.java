package dev.coppice.pipeline.measure;

/**
 * What was measured of a cut model.
 *
 * @param millis of the cut model
 * @param ratio to the dense model, measured in turn with it
 */
public record Latency(double millis, double ratio) {}
