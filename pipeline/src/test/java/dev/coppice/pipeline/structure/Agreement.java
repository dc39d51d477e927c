package dev.coppice.pipeline.structure;

import dev.coppice.ir.DType;
import dev.coppice.runtime.ort.HostTensor;
import java.util.Map;

/**
 * Compares what two models compute that differ only in the order in which they add up the same terms.
 *
 * <p>Adding up K terms in another order changes a sum by about sqrt(K) u of the terms' size, u = 2^-24 (Higham and Mary 2019, A new
 * approach to probabilistic rounding error analysis, theorem 2.4); errors of L layers add up like a random walk. K = 4096 and L = 100
 * give 4e-5 of the scale of the values; the bound is 1e-4. The scale of an output is its largest magnitude.
 *
 * <p>A network may amplify what happens in its first layers. How much is measured: {@code noise} is the difference between two ways in
 * which ONNX Runtime computes one and the same model, with its optimizations and without. Eight times that much is allowed, but never
 * more than a tenth of what the removed units do.
 */
final class Agreement {

    /** Share of an output's scale. */
    static final double BOUND = 1e-4;

    private static final double NOISE = 8;
    private static final double LEAST_EFFECT = 10;

    private Agreement() {}

    /** Says whether a difference comes from rounding. */
    static boolean isRounding(double error, double noise, double effect) {
        return error <= BOUND || (error <= NOISE * noise && error <= effect / LEAST_EFFECT);
    }

    /** Returns the largest difference of two models' outputs, as a share of each output's scale; infinite where shapes differ. */
    static double distance(Map<String, HostTensor> expected, Map<String, HostTensor> actual) {
        if (!expected.keySet().equals(actual.keySet())) {
            return Double.POSITIVE_INFINITY;
        }
        double worst = 0;
        for (var output : expected.entrySet()) {
            worst = Math.max(worst, distance(output.getValue(), actual.get(output.getKey())));
        }
        return worst;
    }

    private static double distance(HostTensor expected, @org.jspecify.annotations.Nullable HostTensor actual) {
        if (actual == null || !expected.dims().equals(actual.dims()) || expected.type() != actual.type()) {
            return Double.POSITIVE_INFINITY;
        }
        var wanted = expected.toDoubles();
        var given = actual.toDoubles();
        double scale = 0;
        double worst = 0;
        for (int i = 0; i < wanted.length; i++) {
            if (Double.compare(wanted[i], given[i]) == 0) {
                scale = Double.isFinite(wanted[i]) ? Math.max(scale, Math.abs(wanted[i])) : scale;
                continue;
            }
            double difference = Math.abs(wanted[i] - given[i]);
            if (!Double.isFinite(difference)) {
                return Double.POSITIVE_INFINITY;
            }
            scale = Math.max(scale, Math.abs(wanted[i]));
            worst = Math.max(worst, difference);
        }
        boolean counts = expected.type().integral() || expected.type() == DType.BOOL;
        return worst == 0 ? 0 : counts || scale == 0 ? Double.POSITIVE_INFINITY : worst / scale;
    }

    /** Says whether every number is finite. */
    static boolean isFinite(Map<String, HostTensor> outputs) {
        return outputs.values().stream()
                .allMatch(tensor -> java.util.Arrays.stream(tensor.toDoubles()).allMatch(Double::isFinite));
    }
}
