package dev.coppice.ir.onnx;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.SparseTensor;
import java.util.function.BiConsumer;

/** Encodes a model; elements that are as they were read are copied verbatim ({@link Origins}). */
final class ModelEncoder {

    private final Origins origins;
    private final TensorEncoder tensors;

    ModelEncoder(Origins origins, TensorEncoder tensors) {
        this.origins = origins;
        this.tensors = tensors;
    }

    WireWriter model(Model model) {
        return encoded(model, this::fields);
    }

    private void fields(Model model, WireWriter out) {
        out.number(1, model.irVersion());
        out.raw(model.carried().fields());
        out.message(7, encoded(model.graph(), this::graph));
        for (var opset : model.opsets()) {
            out.message(8, encoded(opset, ModelEncoder::opset));
        }
        for (var function : model.functions()) {
            out.message(25, encoded(function, this::function));
        }
    }

    /** Returns the element's original bytes, or encodes it. */
    private <T> WireWriter encoded(T element, BiConsumer<T, WireWriter> encoder) {
        var out = new WireWriter();
        var original = origins.of(element);
        if (original != null) {
            out.raw(original);
        } else {
            encoder.accept(element, out);
        }
        return out;
    }

    private static void opset(Model.Opset opset, WireWriter out) {
        out.nonEmptyString(1, opset.domain());
        out.number(2, opset.version());
    }

    private void function(Function function, WireWriter out) {
        out.string(1, function.name());
        function.inputs().forEach(input -> out.string(4, input));
        function.outputs().forEach(output -> out.string(5, output));
        function.attributes().forEach(attribute -> out.string(6, attribute));
        function.nodes().forEach(node -> out.message(7, encoded(node, this::node)));
        function.opsets().forEach(opset -> out.message(9, encoded(opset, ModelEncoder::opset)));
        out.nonEmptyString(10, function.id().domain());
        function.defaults().forEach(attribute -> out.message(11, encoded(attribute, this::attribute)));
        out.nonEmptyString(13, function.id().overload());
        out.raw(function.carried().fields());
    }

    private void graph(Graph graph, WireWriter out) {
        graph.nodes().forEach(node -> out.message(1, encoded(node, this::node)));
        out.nonEmptyString(2, graph.name());
        graph.initializers().forEach(tensor -> out.message(5, encoded(tensor, tensors::tensor)));
        out.raw(graph.carried().fields());
        graph.inputs().forEach(info -> out.message(11, encoded(info, ValueInfoEncoder::valueInfo)));
        graph.outputs().forEach(info -> out.message(12, encoded(info, ValueInfoEncoder::valueInfo)));
        graph.valueInfos().forEach(info -> out.message(13, encoded(info, ValueInfoEncoder::valueInfo)));
        graph.sparseInitializers().forEach(tensor -> out.message(15, encoded(tensor, this::sparse)));
    }

    private void node(Node node, WireWriter out) {
        node.inputs().forEach(input -> out.string(1, input));
        node.outputs().forEach(output -> out.string(2, output));
        out.nonEmptyString(3, node.name());
        out.string(4, node.opType());
        node.attributes().forEach(attribute -> out.message(5, encoded(attribute, this::attribute)));
        out.nonEmptyString(7, node.domain());
        out.raw(node.carried().fields());
    }

    private void sparse(SparseTensor tensor, WireWriter out) {
        var values = new WireWriter();
        tensors.tensor(tensor.values(), values);
        out.message(1, values);
        var indices = new WireWriter();
        tensors.tensor(tensor.indices(), indices);
        out.message(2, indices);
        tensor.dims().forEach(dim -> out.number(3, dim));
        out.raw(tensor.carried().fields());
    }

    private void attribute(Attribute attribute, WireWriter out) {
        out.string(1, attribute.name());
        int typeCode = switch (attribute.value()) {
            case Attribute.FloatValue(float value) -> {
                out.floatNumber(2, value);
                yield 1;
            }
            case Attribute.IntValue(long value) -> {
                out.number(3, value);
                yield 2;
            }
            case Attribute.StringValue(var bytes) -> {
                out.bytes(4, bytes);
                yield 3;
            }
            case Attribute.TensorValue(var tensor) -> {
                out.message(5, encoded(tensor, tensors::tensor));
                yield 4;
            }
            case Attribute.GraphValue(var graph) -> {
                out.message(6, encoded(graph, this::graph));
                yield 5;
            }
            case Attribute.FloatsValue(var values) -> {
                values.forEach(value -> out.floatNumber(7, value));
                yield 6;
            }
            case Attribute.IntsValue(var values) -> {
                values.forEach(value -> out.number(8, value));
                yield 7;
            }
            case Attribute.StringsValue(var values) -> {
                values.forEach(value -> out.bytes(9, value.bytes()));
                yield 8;
            }
            case Attribute.GraphsValue(var graphs) -> {
                graphs.forEach(graph -> out.message(11, encoded(graph, this::graph)));
                yield 10;
            }
            case Attribute.ReferenceValue(var referred, int code) -> {
                out.string(21, referred);
                yield code;
            }
            case Attribute.OpaqueValue(int code) -> code;
        };
        out.number(20, typeCode);
        out.raw(attribute.carried().fields());
    }
}
