package dev.coppice.train.torch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.random.RandomGenerator;

/** Changes models so that a comparison of their outputs means something. */
final class Rewired {

    private Rewired() {}

    /** Returns the model with the input of its last node of type {@code operator} as its only output. */
    static Model withOutput(Model model, String operator) {
        var graph = model.graph();
        var last = graph.nodes().stream()
                .filter(node -> node.is(operator))
                .reduce((_, second) -> second)
                .orElseThrow();
        var output = ValueInfo.of(last.input(0), DType.FLOAT, null);
        return model.withGraph(with(graph, graph.nodes(), graph.initializers(), List.of(output)));
    }

    /** Returns the model with its ConstantOfShape nodes replaced by random initializers that keep activations of one size. */
    static Model withWeights(Model model, RandomGenerator random) {
        var graph = model.graph();
        var shapes = new HashMap<String, Tensor>();
        graph.initializers().forEach(tensor -> shapes.put(tensor.name(), tensor));
        var nodes = new ArrayList<Node>();
        var initializers = new ArrayList<>(graph.initializers());
        for (var node : graph.nodes()) {
            var sizes = shapes.get(node.input(0));
            if (!node.is("ConstantOfShape") || sizes == null) {
                nodes.add(node);
                continue;
            }
            var dims = Arrays.stream(Elements.longs(sizes)).boxed().toList();
            initializers.add(random(node.output(0), dims, role(graph, node.output(0)), random));
        }
        return model.withGraph(with(graph, nodes, initializers, graph.outputs()));
    }

    /** What a constant is for: a matrix or filter, the scale or variance of a normalisation (positive), or anything else. */
    private enum Role {
        WEIGHT,
        POSITIVE,
        OTHER
    }

    private static Role role(Graph graph, String constant) {
        for (var node : graph.nodes()) {
            int place = node.inputs().indexOf(constant);
            if (node.is("BatchNormalization") && (place == 1 || place == 4)) {
                return Role.POSITIVE;
            }
            if (place == 1 && (node.is("Conv") || node.is("Gemm") || node.is("MatMul"))) {
                return Role.WEIGHT;
            }
        }
        return Role.OTHER;
    }

    private static Tensor random(String name, List<Long> dims, Role role, RandomGenerator random) {
        long count = dims.stream().reduce(1L, (a, b) -> a * b);
        double fanIn = (double) count / Math.max(1, dims.isEmpty() ? 1 : dims.getFirst());
        var bytes = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, Math.max(1, count));
        for (long i = 0; i < count; i++) {
            double value = switch (role) {
                case WEIGHT -> (random.nextDouble() - 0.5) * Math.sqrt(24 / fanIn);
                case POSITIVE -> 0.5 + random.nextDouble();
                case OTHER -> 0.2 * random.nextDouble() - 0.1;
            };
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
        }
        return Tensor.of(name, DType.FLOAT, dims, new TensorData.Bytes(bytes.asSlice(0, count * Float.BYTES)));
    }

    private static Graph with(Graph graph, List<Node> nodes, List<Tensor> initializers, List<ValueInfo> outputs) {
        return graph.withNodes(nodes).withInitializers(initializers).withOutputs(outputs);
    }
}
