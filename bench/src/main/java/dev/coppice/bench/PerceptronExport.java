package dev.coppice.bench;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Turns a {@link Perceptron} into ONNX: Gemm and Relu nodes, named and laid out as PyTorch's exporter would. */
final class PerceptronExport {

    private static final long IR_VERSION = 8;
    private static final long OPSET = 17;

    private PerceptronExport() {}

    /**
     * Returns the model.
     *
     * @param input float [batch, inputs]
     * @param output the name of the logits, float [batch, classes]
     */
    static Model toModel(Perceptron net, ValueInfo input, String output) {
        var nodes = new ArrayList<Node>();
        var initializers = new ArrayList<Tensor>();
        var layers = net.layers();
        var value = input.name();
        for (int i = 1; i <= layers.size(); i++) {
            var layer = layers.get(i - 1);
            var name = "fc" + i;
            boolean last = i == layers.size();
            var inputs = List.of(value, name + ".weight", name + ".bias");
            var sum = last ? output : name + ".out";
            nodes.add(Node.of(name, "Gemm", inputs, List.of(sum), Attribute.of("transB", 1)));
            initializers.add(tensor(
                    inputs.get(1), layer.weightsByOutput(), List.of((long) layer.outputs(), (long) layer.inputs())));
            initializers.add(tensor(inputs.get(2), layer.bias(), List.of((long) layer.outputs())));
            if (!last) {
                value = "relu" + i + ".out";
                nodes.add(Node.of("relu" + i, "Relu", List.of(sum), List.of(value)));
            }
        }
        var classes = Dim.of(layers.getLast().outputs());
        var logits = ValueInfo.of(output, DType.FLOAT, Shape.of(Dim.of("batch"), classes));
        var graph = Graph.of("digits-mlp", nodes, initializers, List.of(input), List.of(logits));
        var opsets = List.of(new Model.Opset("", OPSET));
        return new Model(IR_VERSION, opsets, graph, List.of(), Carried.NOTHING, new Origins());
    }

    private static Tensor tensor(String name, float[] values, List<Long> dims) {
        var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Tensor.of(name, DType.FLOAT, dims, new TensorData.Bytes(MemorySegment.ofBuffer(bytes)));
    }
}
