package dev.coppice.train.torch;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The constant values of a graph by name, be they initializers or outputs of Constant nodes. */
final class Constants {

    private Constants() {}

    static Map<String, Tensor> of(Graph graph) {
        if (!graph.sparseInitializers().isEmpty()) {
            throw new BadModelException(
                    "the model has sparse initializers, which cannot be trained", "train the dense model");
        }
        var constants = new LinkedHashMap<String, Tensor>();
        for (var tensor : graph.initializers()) {
            constants.put(tensor.name(), tensor);
        }
        for (var node : graph.nodes()) {
            if (node.is("Constant")) {
                constants.put(node.output(0), value(node));
            }
        }
        return constants;
    }

    private static Tensor value(Node node) {
        for (var attribute : node.attributes()) {
            switch (attribute.value()) {
                case Attribute.TensorValue(var tensor) -> {
                    return tensor;
                }
                case Attribute.FloatValue(float value) -> {
                    return ofFloats(List.of(), List.of(value));
                }
                case Attribute.FloatsValue(var values) -> {
                    return ofFloats(List.of((long) values.size()), values);
                }
                case Attribute.IntValue(long value) -> {
                    return ofLongs(List.of(), List.of(value));
                }
                case Attribute.IntsValue(var values) -> {
                    return ofLongs(List.of((long) values.size()), values);
                }
                default -> {}
            }
        }
        throw new BadModelException(
                "the constant " + node.label() + " has no dense value",
                "strings and sparse constants cannot be computed with");
    }

    private static Tensor ofFloats(List<Long> dims, List<Float> values) {
        var bytes = Arena.ofAuto().allocate(Math.max(4L, 4L * values.size()), 8).asSlice(0, 4L * values.size());
        for (int i = 0; i < values.size(); i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values.get(i));
        }
        return of(DType.FLOAT, dims, bytes);
    }

    private static Tensor ofLongs(List<Long> dims, List<Long> values) {
        var bytes = Arena.ofAuto().allocate(Math.max(8L, 8L * values.size()), 8).asSlice(0, 8L * values.size());
        for (int i = 0; i < values.size(); i++) {
            bytes.setAtIndex(ValueLayout.JAVA_LONG, i, values.get(i));
        }
        return of(DType.INT64, dims, bytes);
    }

    private static Tensor of(DType type, List<Long> dims, MemorySegment bytes) {
        return Tensor.of("", type, dims, new TensorData.Bytes(bytes));
    }
}
