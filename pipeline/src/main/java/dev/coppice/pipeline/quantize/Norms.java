package dev.coppice.pipeline.quantize;

import dev.coppice.ir.Model;
import dev.coppice.ir.rules.SplitLayerNorm;
import dev.coppice.prune.quantize.Quantizer;

/**
 * LayerNormalization beside int8. Once the products are integer, the normalizations take the most time in ONNX Runtime (1.29): its
 * kernel sums one number after another, a row a thread. Split into InstanceNormalization they take an eighth, on a single thread.
 */
public final class Norms {

    /** With more threads than this the kernel of LayerNormalization is the faster one. */
    private static final int MOST_THREADS = 8;

    private Norms() {}

    /** Returns the quantizer, with {@link SplitLayerNorm} behind it where the model is for few threads. */
    public static Quantizer splitting(Quantizer quantizer, int threads) {
        if (threads > MOST_THREADS) {
            return quantizer;
        }
        return left -> {
            var quantization = quantizer.quantize(left);
            return quantization.isEmpty()
                    ? quantization
                    : quantization.withModel(SplitLayerNorm.apply(quantization.model()));
        };
    }

    /** Returns how many normalizations of a model were split in the making of another. */
    public static long split(Model before, Model after) {
        return instances(after) - instances(before);
    }

    private static long instances(Model model) {
        return model.graph().nodes().stream()
                .filter(node -> node.is("InstanceNormalization"))
                .count();
    }
}
