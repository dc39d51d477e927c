package dev.coppice.prune.quantize;

import dev.coppice.ir.Model;
import java.util.List;

/**
 * What came of quantizing a model.
 *
 * @param model the model itself when no layer could be quantized
 */
public record Quantization(Model model, List<QuantizedLayer> layers, List<FloatLayer> inFloat) {

    public Quantization {
        layers = List.copyOf(layers);
        inFloat = List.copyOf(inFloat);
    }

    /** Returns the same with another model, which computes what this one does. */
    public Quantization withModel(Model other) {
        return new Quantization(other, layers, inFloat);
    }

    public boolean isEmpty() {
        return layers.isEmpty();
    }
}
