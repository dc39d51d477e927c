package dev.coppice.bench.fuzz;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.eval.Tensors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.random.RandomGenerator;

/** Stores what a model holds in other ways: constants sparse or in a second file, nodes inside model-local functions. */
final class Storage {

    private static final String DOMAIN = "local";

    private Storage() {}

    static Model vary(Model model, RandomGenerator random) {
        var varied = model;
        if (random.nextInt(6) == 0) {
            varied = external(varied);
        }
        if (random.nextInt(6) == 0) {
            varied = sparse(varied, random);
        }
        return random.nextInt(4) == 0 ? inFunction(varied, random) : varied;
    }

    private static Model external(Model model) {
        return model.mapTensors(tensor -> tensor.data() instanceof TensorData.Bytes(var bytes) && bytes.byteSize() >= 64
                ? tensor.withData(new TensorData.External("weights.bin", 0, bytes))
                : tensor);
    }

    private static Model sparse(Model model, RandomGenerator random) {
        var graph = model.graph();
        var matrices = graph.initializers().stream()
                .filter(tensor -> tensor.type() == DType.FLOAT && tensor.dims().size() == 2)
                .toList();
        if (matrices.isEmpty()) {
            return model;
        }
        var matrix = matrices.get(random.nextInt(matrices.size()));
        var others = new ArrayList<>(graph.initializers());
        others.remove(matrix);
        var values = new float[Math.toIntExact(matrix.size())];
        Elements.floats(matrix, 0, values, values.length);
        int count = Math.max(1, values.length / 4);
        var places = new long[count];
        var kept = new float[count];
        for (int i = 0; i < count; i++) {
            places[i] = i * 4L % values.length;
            kept[i] = values[(int) places[i]];
        }
        var stored = new SparseTensor(
                Tensors.ofFloats(List.of((long) count), kept).withName(matrix.name()),
                Tensors.ofLongs(DType.INT64, List.of((long) count), places),
                matrix.dims(),
                Carried.NOTHING);
        return model.withGraph(with(graph, graph.nodes(), others, List.of(stored)));
    }

    /** Calls a function in place of one node. */
    private static Model inFunction(Model model, RandomGenerator random) {
        var graph = model.graph();
        int at = random.nextInt(graph.nodes().size());
        var node = graph.nodes().get(at);
        if (!node.bodies().isEmpty() || node.inputs().contains("")) {
            return model;
        }
        var inputs = List.copyOf(new HashSet<>(node.inputs()));
        var function = new Function("F", DOMAIN, inputs, node.outputs(), List.of(node), Carried.NOTHING);
        var call = new Node("call", "F", DOMAIN, inputs, node.outputs(), List.of(), Carried.NOTHING);
        var nodes = new ArrayList<>(graph.nodes());
        nodes.set(at, call);
        var opsets = new ArrayList<>(model.opsets());
        opsets.add(new Model.Opset(DOMAIN, 1));
        return new Model(
                model.irVersion(),
                opsets,
                with(graph, nodes, graph.initializers(), graph.sparseInitializers()),
                List.of(function),
                model.carried(),
                model.origins());
    }

    static Graph with(Graph graph, List<Node> nodes, List<Tensor> constants, List<SparseTensor> sparse) {
        return graph.withNodes(nodes).withInitializers(constants).withSparseInitializers(sparse);
    }
}
