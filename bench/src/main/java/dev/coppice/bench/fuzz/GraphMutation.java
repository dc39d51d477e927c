package dev.coppice.bench.fuzz;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.eval.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** One structural change to a graph, most of which make it malformed. */
final class GraphMutation {

    private static final long MOST_BYTES = 1 << 16;

    private GraphMutation() {}

    static Graph apply(Graph graph, RandomGenerator random) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4 -> node(graph, random);
            case 5, 6 -> constant(graph, random);
            case 7 -> input(graph, random);
            case 8 -> output(graph, random);
            case 9 -> declared(graph, random);
            case 10 -> order(graph, random);
            default -> bomb(graph, random);
        };
    }

    private static Graph node(Graph graph, RandomGenerator random) {
        if (graph.nodes().isEmpty()) {
            return graph;
        }
        var nodes = new ArrayList<>(graph.nodes());
        int at = random.nextInt(nodes.size());
        nodes.set(at, NodeMutation.apply(nodes.get(at), graph, random));
        return with(graph, nodes);
    }

    /** Removes, doubles or moves a node. */
    private static Graph order(Graph graph, RandomGenerator random) {
        if (graph.nodes().size() < 2) {
            return graph;
        }
        var nodes = new ArrayList<>(graph.nodes());
        int at = random.nextInt(nodes.size());
        switch (random.nextInt(3)) {
            case 0 -> nodes.remove(at);
            case 1 -> nodes.add(nodes.get(at));
            default -> nodes.add(random.nextInt(nodes.size()), nodes.remove(at));
        }
        return with(graph, nodes);
    }

    private static Graph constant(Graph graph, RandomGenerator random) {
        if (random.nextInt(8) == 0 && !graph.sparseInitializers().isEmpty()) {
            var sparse = graph.sparseInitializers().getFirst();
            var other =
                    new SparseTensor(sparse.values(), sparse.indices(), dims(sparse.dims(), random), sparse.carried());
            return Storage.with(graph, graph.nodes(), graph.initializers(), List.of(other));
        }
        if (graph.initializers().isEmpty()) {
            return graph;
        }
        var constants = new ArrayList<>(graph.initializers());
        int at = random.nextInt(constants.size());
        var tensor = constants.get(at);
        constants.set(
                at,
                switch (random.nextInt(4)) {
                    case 0 -> filled(tensor.name(), Hostile.any(List.of(DType.values()), random), tensor.dims());
                    case 1 -> filled(tensor.name(), tensor.type(), dims(tensor.dims(), random));
                    case 2 -> tensor.withName(Hostile.name(random));
                    default -> numbers(tensor, random);
                });
        return Storage.with(graph, graph.nodes(), constants, graph.sparseInitializers());
    }

    private static List<Long> dims(List<Long> dims, RandomGenerator random) {
        var changed = new ArrayList<>(dims);
        if (changed.isEmpty() || random.nextInt(4) == 0) {
            changed.add(random.nextInt(changed.size() + 1), (long) random.nextInt(3));
        } else if (random.nextInt(4) == 0) {
            changed.removeLast();
        } else {
            changed.set(random.nextInt(changed.size()), Math.abs(Hostile.number(random) >> random.nextInt(40)));
        }
        return changed;
    }

    /** Makes a tensor of zeros; one with an axis of size 0 when it would be large. */
    private static Tensor filled(String name, DType type, List<Long> dims) {
        var fitting = new ArrayList<>(dims);
        double size = dims.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
        if (size * Math.max(8, type.bits()) / 8 > MOST_BYTES) {
            fitting.add(0, 0L);
        }
        long elements = fitting.contains(0L) ? 0 : (long) size;
        if (type == DType.STRING) {
            return Tensor.of(name, type, List.of(0L), new TensorData.Strings(List.of()));
        }
        var bytes = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(elements))]);
        return Tensor.of(name, type, fitting, new TensorData.Bytes(bytes));
    }

    /** Changes a number of a tensor of sizes or indices. */
    private static Tensor numbers(Tensor tensor, RandomGenerator random) {
        if (tensor.type() != DType.INT64 || tensor.size() == 0) {
            return tensor;
        }
        var numbers = dev.coppice.ir.Elements.longs(tensor);
        numbers[random.nextInt(numbers.length)] = Hostile.number(random);
        return Tensors.ofLongs(DType.INT64, tensor.dims(), numbers).withName(tensor.name());
    }

    private static Shape shape(RandomGenerator random) {
        var dims = new ArrayList<Dim>();
        for (int i = random.nextInt(6); i > 0; i--) {
            dims.add(
                    random.nextInt(3) == 0
                            ? Dim.of("N")
                            : Dim.of(Math.abs(Hostile.number(random) >> random.nextInt(64))));
        }
        return new Shape(dims);
    }

    private static ValueInfo typed(String name, RandomGenerator random) {
        return ValueInfo.of(name, Hostile.any(List.of(DType.values()), random), shape(random));
    }

    private static Graph input(Graph graph, RandomGenerator random) {
        if (graph.inputs().isEmpty()) {
            return graph;
        }
        var inputs = new ArrayList<>(graph.inputs());
        int at = random.nextInt(inputs.size());
        var input = inputs.get(at);
        if (random.nextBoolean()) {
            inputs.set(at, ValueInfo.of(input.name(), DType.FLOAT, shape(random)));
        } else {
            inputs.add(typed(Hostile.name(random), random));
        }
        return of(graph, graph.nodes(), inputs, graph.outputs(), graph.valueInfos());
    }

    private static Graph output(Graph graph, RandomGenerator random) {
        var outputs = new ArrayList<>(graph.outputs());
        var values =
                graph.nodes().stream().flatMap(node -> node.outputs().stream()).toList();
        if (values.isEmpty() || random.nextInt(4) == 0) {
            outputs.clear();
        } else {
            outputs.add(typed(Hostile.any(values, random), random));
        }
        return of(graph, graph.nodes(), graph.inputs(), outputs, graph.valueInfos());
    }

    /** Declares of some values what they are not. */
    private static Graph declared(Graph graph, RandomGenerator random) {
        var infos = new ArrayList<>(graph.valueInfos());
        graph.nodes().stream()
                .flatMap(node -> node.outputs().stream())
                .filter(_ -> random.nextInt(3) == 0)
                .forEach(value -> infos.add(typed(value, random)));
        return of(graph, graph.nodes(), graph.inputs(), graph.outputs(), infos);
    }

    /** Appends nodes that ask for more memory or depth with each. */
    private static Graph bomb(Graph graph, RandomGenerator random) {
        if (graph.nodes().isEmpty() || graph.outputs().isEmpty()) {
            return graph;
        }
        var nodes = new ArrayList<>(graph.nodes());
        var constants = new ArrayList<>(graph.initializers());
        var last = graph.outputs().getFirst().name();
        if (random.nextBoolean() && !constants.isEmpty()) {
            last = Hostile.any(constants, random).name();
        }
        var size = Tensors.ofLongs(
                DType.INT64, List.of(2L), new long[] {1 << random.nextInt(20), 1 << random.nextInt(28)});
        constants.add(size.withName("bomb_size"));
        int kind = random.nextInt(5);
        int count = kind == 0 ? 2 + random.nextInt(3000) : 2 + random.nextInt(40);
        for (int i = 0; i < count; i++) {
            var next = "bomb" + i;
            nodes.add(
                    switch (kind) {
                        case 0 -> Node.of("", "Identity", List.of(last), List.of(next));
                        case 1 ->
                            Node.of(
                                    "",
                                    "Concat",
                                    List.of(last, last),
                                    List.of(next),
                                    dev.coppice.ir.Attribute.of("axis", random.nextInt(2)));
                        case 2 -> Node.of("", "Expand", List.of(last, "bomb_size"), List.of(next));
                        case 3 -> Node.of("", "Tile", List.of(last, "bomb_size"), List.of(next));
                        default -> Node.of("", "ConstantOfShape", List.of("bomb_size"), List.of(next));
                    });
            last = next;
        }
        var outputs = new ArrayList<>(graph.outputs());
        outputs.add(ValueInfo.of(last, DType.FLOAT, null));
        return of(
                Storage.with(graph, nodes, constants, graph.sparseInitializers()),
                nodes,
                graph.inputs(),
                outputs,
                graph.valueInfos());
    }

    private static Graph with(Graph graph, List<Node> nodes) {
        return Storage.with(graph, nodes, graph.initializers(), graph.sparseInitializers());
    }

    private static Graph of(
            Graph graph, List<Node> nodes, List<ValueInfo> inputs, List<ValueInfo> outputs, List<ValueInfo> infos) {
        return graph.withNodes(nodes).withInputs(inputs).withOutputs(outputs).withValueInfos(infos);
    }
}
