package dev.coppice.ir;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A named, constant parameter of a node. */
public record Attribute(String name, Value value, Carried carried) {

    /** What an attribute can hold. */
    public sealed interface Value {}

    public record IntValue(long value) implements Value {}

    public record FloatValue(float value) implements Value {}

    /** Bytes, UTF-8 by convention. */
    public record StringValue(MemorySegment bytes) implements Value {
        public String text() {
            return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    public record TensorValue(Tensor tensor) implements Value {}

    public record GraphValue(Graph graph) implements Value {}

    public record IntsValue(List<Long> values) implements Value {
        public IntsValue {
            values = List.copyOf(values);
        }
    }

    public record FloatsValue(List<Float> values) implements Value {
        public FloatsValue {
            values = List.copyOf(values);
        }
    }

    public record StringsValue(List<StringValue> values) implements Value {
        public StringsValue {
            values = List.copyOf(values);
        }
    }

    public record GraphsValue(List<Graph> graphs) implements Value {
        public GraphsValue {
            graphs = List.copyOf(graphs);
        }
    }

    /** The value of the attribute {@code referred} of the function that the node stands in. */
    public record ReferenceValue(String referred, int typeCode) implements Value {}

    /** A kind that Coppice does not look into (types, sparse tensors, lists of tensors); its fields are {@linkplain #carried carried}. */
    public record OpaqueValue(int typeCode) implements Value {}

    public static Attribute of(String name, Value value) {
        return new Attribute(name, value, Carried.NOTHING);
    }

    public static Attribute of(String name, long value) {
        return of(name, new IntValue(value));
    }

    public static Attribute of(String name, float value) {
        return of(name, new FloatValue(value));
    }

    public static Attribute of(String name, String value) {
        return of(name, new StringValue(MemorySegment.ofArray(value.getBytes(StandardCharsets.UTF_8))));
    }

    public static Attribute of(String name, List<Long> values) {
        return of(name, new IntsValue(values));
    }

    public static Attribute of(String name, Tensor tensor) {
        return of(name, new TensorValue(tensor));
    }
}
