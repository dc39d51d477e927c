package dev.coppice.pipeline.measure;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one run of a model costs at given input shapes. Totals are sums over the nodes that could be counted: when {@link
 * #uncounted} is not empty they are lower bounds.
 *
 * @param inputShapes the sizes that everything was computed for
 * @param macs multiply-accumulates of convolutions, matrix products and recurrent cells; zeros count like any other weight
 * @param effectiveMacs those whose weight is not zero
 * @param weightBytes bytes of constants read, once per node that reads them
 * @param activationBytes bytes of other values read and written
 * @param peakActivationBytes most bytes of values alive at once, without constants and without in-place reuse
 * @param nodes one per node that computes something
 * @param uncounted nodes left out of a total, with the reason
 */
public record Cost(
        Map<String, List<Long>> inputShapes,
        long macs,
        long effectiveMacs,
        long weightBytes,
        long activationBytes,
        long peakActivationBytes,
        List<NodeCost> nodes,
        List<Uncounted> uncounted) {

    /**
     * One node's share.
     *
     * @param node its name, or a readable stand-in
     * @param macs empty when they cannot be counted
     */
    public record NodeCost(
            String node,
            String op,
            OptionalLong macs,
            OptionalLong effectiveMacs,
            OptionalLong weightBytes,
            OptionalLong activationBytes) {}

    /** A node that is missing from a total, and why. */
    public record Uncounted(String node, String op, String reason) {}

    public Cost {
        inputShapes = Map.copyOf(inputShapes);
        nodes = List.copyOf(nodes);
        uncounted = List.copyOf(uncounted);
    }

    /** Returns an estimate for a runtime that skips no zeros; see {@link Energy}. */
    public double energyMicrojoules() {
        return Energy.microjoules(macs, weightBytes, activationBytes);
    }

    /** Returns bytes of weights and activations read and written. */
    public long bytesMoved() {
        return sum(weightBytes, activationBytes);
    }

    /** Adds two counts; what is beyond 2^63 - 1 stays there. */
    static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /** Says whether every node is in the totals. */
    public boolean isComplete() {
        return uncounted.isEmpty();
    }
}
