package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import java.util.Map;
import java.util.Optional;

/** What is known of the values of a graph, by name: inputs, initializers and the outputs of nodes. */
public record Shapes(Map<String, Typed> values) {

    public Shapes {
        values = Map.copyOf(values);
    }

    /** Returns what is known of a value; {@link Typed#UNKNOWN} when that is nothing. */
    public Typed of(String value) {
        return values.getOrDefault(value, Typed.UNKNOWN);
    }

    public Optional<Shape> shape(String value) {
        return Optional.ofNullable(of(value).shape());
    }

    public Optional<DType> type(String value) {
        return Optional.ofNullable(of(value).type());
    }

    /** Returns the value itself when it is an initializer, or small and computed of constants and static shapes. */
    public Optional<Tensor> constant(String value) {
        return Optional.ofNullable(of(value).constant());
    }
}
