package dev.coppice.prune.quantize;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.layer.WeightOperator;
import java.util.Optional;

/**
 * A Conv, Gemm or MatMul that can be computed on uint8 activations and int8 weights.
 *
 * @param axis of the weight that counts output channels
 * @param bias one number a channel, or empty
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Int8Layer(Int8Site site, int axis, float[] bias) {

    static final String NOT_FINITE = "its activations were NaN, infinite or absent on the calibration data";

    Node node() {
        return site.node();
    }

    int channels() {
        return Math.toIntExact(site.weight().dims().get(axis));
    }

    /** Returns why a site cannot be computed so; empty when it can. */
    static String obstacle(Int8Site site, StaticGraph graph) {
        var node = site.node();
        if (site.operand() != 1) {
            return "the weight is the left operand, for which ONNX Runtime has no int8 kernel";
        }
        if (graph.isBlocked(node.input(0))) {
            return NOT_FINITE;
        }
        if (!graph.isActivation(node.input(0)) || !graph.isActivation(node.output(0))) {
            return "its activations are not known to be float32";
        }
        int rank = site.weight().dims().size();
        boolean fits = WeightOperator.CONV.is(node) ? rank >= 3 : rank == 2;
        if (!fits) {
            return "a weight of shape " + site.weight().dims();
        }
        boolean plain = !WeightOperator.GEMM.is(node)
                || (!LinearLayer.isTransposed(node, 0)
                        && node.floatAttribute("alpha", 1) == 1
                        && (node.input(2).isEmpty() || node.floatAttribute("beta", 1) == 1));
        if (!plain) {
            return "alpha, beta or transA of its Gemm is not the usual one";
        }
        return bias(site, graph).isEmpty() ? "its bias is not one stored float32 number for each output" : "";
    }

    static Int8Layer of(Int8Site site, StaticGraph graph) {
        return new Int8Layer(site, site.layer().weightAxis(), bias(site, graph).orElseThrow());
    }

    private static Optional<float[]> bias(Int8Site site, StaticGraph graph) {
        var name = site.node().input(2);
        if (name.isEmpty()) {
            return Optional.of(new float[0]);
        }
        long channels = site.weight().dims().get(site.layer().weightAxis());
        return graph.constant(name)
                .filter(values -> values.length == channels)
                .filter(_ -> graph.shapes()
                        .shape(name)
                        .filter(shape -> isRow(shape, channels))
                        .isPresent())
                .filter(Int8Layer::isFinite);
    }

    /** Says whether a constant is [C], [1, C] or has one element. */
    private static boolean isRow(Shape shape, long channels) {
        return channels == 1
                || shape.rank() == 1
                || (shape.rank() == 2 && shape.dim(0).equals(Dim.of(1)));
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
