package dev.coppice.train;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the activations within a model that say most about what it computes: a student that has them right has little left to learn. */
public final class InnerValues {

    private static final Set<String> ACTIVATIONS = Set.of("Relu", "LeakyRelu", "PRelu", "Clip", "HardSwish", "Elu");

    private InnerValues() {}

    /**
     * Returns the names of inner values. Of a transformer, those that three or more nodes with a weight read, as query, key and value
     * projections read the output of the layer before. Of other networks the ends of residual blocks, behind their activation; where there
     * are none, what pooling reads.
     */
    public static List<String> of(Model model) {
        var projected = projected(model.graph());
        if (!projected.isEmpty()) {
            return projected;
        }
        var shapes = ShapeInference.infer(model);
        var blocks = blocks(model.graph(), shapes);
        return blocks.isEmpty() ? pooled(model.graph()) : blocks;
    }

    /** Returns the sums of two computed activations, or what the activation function makes of them that alone reads them. */
    private static List<String> blocks(Graph graph, Shapes shapes) {
        var computed = new HashSet<String>();
        var readers = new HashMap<String, List<Node>>();
        for (var node : graph.nodes()) {
            if (!node.is("Constant")) {
                computed.addAll(node.outputs());
            }
            for (var input : node.inputs()) {
                readers.computeIfAbsent(input, _ -> new ArrayList<>()).add(node);
            }
        }
        var blocks = new ArrayList<String>();
        for (var node : graph.nodes()) {
            var sum = node.output(0);
            if (node.is("Add") && computed.containsAll(node.inputs()) && isActivation(sum, shapes)) {
                var reading = readers.getOrDefault(sum, List.of());
                var only = reading.size() == 1 ? reading.getFirst() : node;
                if (!only.is("Softmax")) { // scores and their mask
                    blocks.add(ACTIVATIONS.contains(only.opType()) ? only.output(0) : sum);
                }
            }
        }
        return blocks;
    }

    /** Sums of sizes, say, are of integers. */
    private static boolean isActivation(String value, Shapes shapes) {
        return shapes.type(value).filter(type -> type == DType.FLOAT).isPresent()
                && shapes.shape(value).filter(shape -> shape.rank() < 2).isEmpty();
    }

    private static List<String> pooled(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.opType().endsWith("Pool"))
                .map(node -> node.input(0))
                .distinct()
                .toList();
    }

    private static List<String> projected(Graph graph) {
        var constants = new LinkedHashSet<String>();
        graph.initializers().forEach(tensor -> constants.add(tensor.name()));
        var readers = new LinkedHashMap<String, Integer>();
        var producers = new HashMap<String, Node>();
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
            if (node.is("Constant")) {
                constants.add(node.output(0));
            }
            if ((node.is("MatMul") || node.is("Gemm")) && isConstant(node.input(1), producers, constants)) {
                readers.merge(node.input(0), 1, Integer::sum);
            }
        }
        return readers.entrySet().stream()
                .filter(entry -> entry.getValue() >= 3)
                .map(entry -> entry.getKey())
                .toList();
    }

    private static boolean isConstant(String name, Map<String, Node> producers, Set<String> constants) {
        if (constants.contains(name)) {
            return true;
        }
        var producer = producers.get(name);
        return producer != null
                && (producer.is("Transpose") || producer.is("Identity") || producer.is("Cast"))
                && isConstant(producer.input(0), producers, constants);
    }
}
