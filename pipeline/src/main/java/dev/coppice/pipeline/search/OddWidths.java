package dev.coppice.pipeline.search;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Convolutions that a cut has left with a width that ONNX Runtime cannot compute in blocks of channels: its NCHWc kernels want multiples of 16
 * with AVX-512, of 8 otherwise, and whatever else is computed by a slower kernel. A smaller model may then be the slower one.
 */
public final class OddWidths {

    private static final long BLOCK = 8;

    private OddWidths() {}

    /** Returns what the receipt says of them; empty where a cut has left none. */
    public static Optional<String> note(Model before, Model after) {
        var earlier = widths(before.graph());
        long odd = widths(after.graph()).entrySet().stream()
                .filter(width -> width.getValue() % BLOCK != 0)
                .filter(width -> earlier.getOrDefault(width.getKey(), 1L) % BLOCK == 0)
                .count();
        return odd == 0
                ? Optional.empty()
                : Optional.of(("%s left with a width that is no multiple of 8: ONNX Runtime computes them with a"
                      + " slower kernel, so that the cut may gain nothing; --round-to 16 (or 8, without AVX-512) keeps"
                      + " the fast ones")
                        .formatted(odd == 1 ? "1 convolution was" : odd + " convolutions were"));
    }

    /** Returns the output channels of each convolution, by the name of its weight. */
    private static Map<String, Long> widths(Graph graph) {
        var resolver = WeightResolver.of(graph);
        var widths = new HashMap<String, Long>();
        for (var node : graph.nodes()) {
            if (WeightOperator.CONV.is(node)
                    && resolver.resolve(node.input(1)) instanceof Resolution.Found(var weight)) {
                widths.put(node.input(1), weight.dims().getFirst());
            }
        }
        return widths;
    }
}
