package dev.coppice.cli;

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
import java.util.SplittableRandom;

/** Makes a small transformer encoder with the operators and the shape arithmetic that exporters write; its weights are noise. */
final class RehearsalModel {

    private static final long WIDTH = 256;
    private static final long HEADS = 4;
    private static final int LAYERS = 4;
    private static final int OPSET = 11;

    private final SplittableRandom random = new SplittableRandom(1);
    private final List<Node> nodes = new ArrayList<>();
    private final List<Tensor> weights = new ArrayList<>();

    private RehearsalModel() {}

    static Model make() {
        return new RehearsalModel().encoder();
    }

    private Model encoder() {
        var length = add("Gather", attribute("axis", 0), add("Shape", "input_ids"), integers(1));
        var end = add("Unsqueeze", attribute("axes", List.of(0L)), length);
        var places = add("Slice", weight(512, WIDTH), integers(0), end, integers(0));
        var x = add("Add", add("Gather", weight(64, WIDTH), "input_ids"), places);
        for (int layer = 0; layer < LAYERS; layer++) {
            x = norm(add("Add", linear(attention(x), WIDTH, WIDTH), x));
            var inner = linear(x, WIDTH, 4 * WIDTH);
            var error = add("Add", add("Erf", add("Div", inner, number(1.4142f))), number(1));
            x = norm(add("Add", linear(add("Mul", inner, error), 4 * WIDTH, WIDTH), x));
        }
        var graph = Graph.of(
                "rehearsal",
                nodes,
                weights,
                List.of(ValueInfo.of("input_ids", DType.INT64, Shape.of(Dim.of("batch"), Dim.of("length")))),
                List.of(ValueInfo.of(x, DType.FLOAT, Shape.of(Dim.of("batch"), Dim.of("length"), Dim.of(WIDTH)))));
        return new Model(7, List.of(new Model.Opset("", OPSET)), graph, List.of(), Carried.NOTHING, new Origins());
    }

    private String attention(String x) {
        var query = heads(linear(x, WIDTH, WIDTH), 0, 2, 1, 3);
        var key = heads(linear(x, WIDTH, WIDTH), 0, 2, 3, 1);
        var value = heads(linear(x, WIDTH, WIDTH), 0, 2, 1, 3);
        var scores = add("Softmax", attribute("axis", 3), add("Div", add("MatMul", query, key), number(8)));
        var mixed = add("Transpose", attribute("perm", List.of(0L, 2L, 1L, 3L)), add("MatMul", scores, value));
        return add("Reshape", mixed, shapeOf(mixed, integers(WIDTH)));
    }

    private String heads(String x, long... perm) {
        var split = add("Reshape", x, shapeOf(x, integers(HEADS), integers(WIDTH / HEADS)));
        return add("Transpose", attribute("perm", List.of(perm[0], perm[1], perm[2], perm[3])), split);
    }

    /** Returns the first two sizes of {@code x} and what follows, computed as exporters do. */
    private String shapeOf(String x, String... rest) {
        var parts = new ArrayList<String>();
        for (long axis = 0; axis < 2; axis++) {
            var size = add("Gather", attribute("axis", 0), add("Shape", x), scalar(axis));
            parts.add(add("Unsqueeze", attribute("axes", List.of(0L)), size));
        }
        parts.addAll(List.of(rest));
        return add("Concat", attribute("axis", 0), parts.toArray(String[]::new));
    }

    private String linear(String x, long in, long out) {
        return add("Add", add("MatMul", x, weight(in, out)), weight(out));
    }

    private String norm(String x) {
        var mean = add("ReduceMean", attribute("axes", List.of(-1L)), x);
        var centred = add("Sub", x, mean);
        var variance = add("ReduceMean", attribute("axes", List.of(-1L)), add("Pow", centred, number(2)));
        var scaled = add("Div", centred, add("Sqrt", add("Add", variance, number(1e-5f))));
        return add("Add", add("Mul", scaled, weight(WIDTH)), weight(WIDTH));
    }

    private String add(String op, String... inputs) {
        return add(op, List.of(), inputs);
    }

    private String add(String op, List<Attribute> attributes, String... inputs) {
        var output = "v" + nodes.size();
        nodes.add(Node.of("/" + output, op, List.of(inputs), List.of(output), attributes.toArray(Attribute[]::new)));
        return output;
    }

    private static List<Attribute> attribute(String name, long value) {
        return List.of(Attribute.of(name, value));
    }

    private static List<Attribute> attribute(String name, List<Long> values) {
        return List.of(Attribute.of(name, values));
    }

    private String weight(long... dims) {
        long size = 1;
        var sizes = new ArrayList<Long>();
        for (long dim : dims) {
            sizes.add(dim);
            size *= dim;
        }
        var bytes = buffer(Math.toIntExact(size * Float.BYTES));
        while (bytes.hasRemaining()) {
            bytes.putFloat((float) random.nextGaussian());
        }
        var tensor = tensor("w" + weights.size(), DType.FLOAT, sizes, bytes);
        weights.add(tensor);
        return tensor.name();
    }

    private String number(float value) {
        return constant(DType.FLOAT, List.of(), buffer(Float.BYTES).putFloat(value));
    }

    private String scalar(long value) {
        return constant(DType.INT64, List.of(), buffer(Long.BYTES).putLong(value));
    }

    private String integers(long... values) {
        var bytes = buffer(values.length * Long.BYTES);
        for (long value : values) {
            bytes.putLong(value);
        }
        return constant(DType.INT64, List.of((long) values.length), bytes);
    }

    private String constant(DType type, List<Long> dims, ByteBuffer bytes) {
        return add("Constant", List.of(Attribute.of("value", tensor("", type, dims, bytes))));
    }

    private static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static Tensor tensor(String name, DType type, List<Long> dims, ByteBuffer bytes) {
        return Tensor.of(name, type, dims, new TensorData.Bytes(MemorySegment.ofBuffer(bytes.flip())));
    }
}
