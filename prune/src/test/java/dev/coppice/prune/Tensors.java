package dev.coppice.prune;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** Builds small tensors and models of them for tests. */
public final class Tensors {

    private Tensors() {}

    /** Stores values, rounded to the type, in row-major order. */
    public static Tensor of(String name, DType type, List<Long> dims, double... values) {
        int width = type.bits() / 8;
        var bytes = MemorySegment.ofArray(new byte[values.length * width]);
        for (int i = 0; i < values.length; i++) {
            long at = (long) i * width;
            switch (type) {
                case FLOAT -> bytes.set(little(ValueLayout.JAVA_FLOAT_UNALIGNED), at, (float) values[i]);
                case DOUBLE ->
                    bytes.set(ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at, values[i]);
                case FLOAT16 -> setShort(bytes, at, Float.floatToFloat16((float) values[i]));
                case BFLOAT16 -> setShort(bytes, at, (short) (Float.floatToRawIntBits((float) values[i]) >>> 16));
                default -> throw new IllegalArgumentException(type.toString());
            }
        }
        return Tensor.of(name, type, dims, new TensorData.Bytes(bytes));
    }

    private static ValueLayout.OfFloat little(ValueLayout.OfFloat layout) {
        return layout.withOrder(ByteOrder.LITTLE_ENDIAN);
    }

    private static void setShort(MemorySegment bytes, long at, short value) {
        bytes.set(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), at, value);
    }

    /** Draws values with many ties and zeros, or hardly any, as the generator decides. */
    public static double[] values(RandomGenerator random, int count) {
        int kind = random.nextInt(4);
        var values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = switch (kind) {
                case 0 -> random.nextGaussian();
                case 1 -> random.nextInt(-3, 4) * 0.25;
                case 2 -> 1;
                default -> random.nextInt(3) == 0 ? 0 : random.nextGaussian() * 1e-3;
            };
        }
        return values;
    }

    /** Makes a model of one node for each weight; a weight of rank 2 is multiplied, of higher rank convolved. */
    public static Model model(List<Tensor> weights) {
        var nodes = new ArrayList<Node>();
        for (var weight : weights) {
            nodes.add(Node.of(
                    "use_" + weight.name(),
                    weight.dims().size() == 2 ? "MatMul" : "Conv",
                    List.of("x", weight.name()),
                    List.of("y_" + weight.name())));
        }
        return model(weights, nodes);
    }

    public static Model model(List<Tensor> initializers, List<Node> nodes) {
        var graph = Graph.of("g", nodes, initializers, List.of(), List.of());
        return new Model(10, List.of(new Model.Opset("", 17)), graph, List.of(), Carried.NOTHING, new Origins());
    }

    public static Node constant(String output, Tensor tensor) {
        return Node.of("", "Constant", List.of(), List.of(output), Attribute.of("value", tensor));
    }

    public static double[] read(Tensor tensor) {
        var values = new double[(int) tensor.size()];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }

    /** Returns which elements each initializer of a pruned model has lost, by name. */
    public static Map<String, boolean[]> pruned(Model model) {
        var pruned = new HashMap<String, boolean[]>();
        for (var tensor : model.graph().initializers()) {
            var elements = new boolean[(int) tensor.size()];
            if (tensor.data() instanceof TensorData.Masked(var base, Mask mask)) {
                for (int i = 0; i < elements.length; i++) {
                    elements[i] = mask.isPruned(i);
                }
            }
            pruned.put(tensor.name(), elements);
        }
        return pruned;
    }
}
