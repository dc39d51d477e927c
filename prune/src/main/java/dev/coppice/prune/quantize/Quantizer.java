package dev.coppice.prune.quantize;

import java.util.Map;

/** Turns a model's layers into int8, each for itself, so that some can be left in float. */
@FunctionalInterface
public interface Quantizer {

    /**
     * Returns the model with all layers in int8 that can be, but some.
     *
     * @param inFloat the reason for each layer that is to stay in float, by its node's first output ({@link QuantizedLayer#output})
     */
    Quantization quantize(Map<String, String> inFloat);
}
