package dev.coppice.prune.quantize;

import java.util.List;
import java.util.Map;

/** A way to turn a model's layers into int8, each for itself, so that some can be left in float. */
public interface Quantizer {

    /** Returns the layers that can become int8, in graph order. */
    List<Int8Site> sites();

    /**
     * Returns the model with all of them in int8 but some.
     *
     * @param inFloat the reason for each layer that is to stay in float, by {@linkplain Int8Site#id() id}
     */
    Quantization quantize(Map<String, String> inFloat);
}
