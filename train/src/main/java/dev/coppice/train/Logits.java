package dev.coppice.train;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the values of a model that losses are computed from. */
public final class Logits {

    private static final Set<String> ACTIVATIONS = Set.of("Relu", "LeakyRelu", "PRelu", "Clip", "HardSwish", "Elu");

    private Logits() {}

    /**
     * Returns the name of the first output, or of the logits that it was made from by a closing Softmax: cross-entropy of probabilities
     * would be another loss.
     */
    public static String of(Model model) {
        var graph = model.graph();
        if (graph.outputs().isEmpty()) {
            throw new BadModelException("the model has no output", "nothing can be learnt without one");
        }
        var output = graph.outputs().getFirst().name();
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().contains(output)) {
                if (node.is("Softmax")) {
                    return node.input(0);
                }
                if (!node.is("Identity") && !node.is("Reshape") && !node.is("Flatten")) {
                    break;
                }
                output = node.input(0);
            }
        }
        return graph.outputs().getFirst().name();
    }

    /**
     * Returns the inner values that say most about a network. Of a transformer, those that three or more nodes with a weight read, as
     * query, key and value projections read the output of the layer before. Of other networks the ends of residual blocks, behind their
     * activation; where there are none, what pooling reads.
     */
    public static List<String> layers(Model model) {
        var projected = projected(model);
        if (!projected.isEmpty()) {
            return projected;
        }
        var blocks = blocks(model.graph());
        return blocks.isEmpty() ? pooled(model.graph()) : blocks;
    }

    /** Returns the sums of two computed values, or what the activation makes of them that alone reads them. */
    private static List<String> blocks(Graph graph) {
        var computed = new HashSet<String>();
        var readers = new HashMap<String, List<Node>>();
        for (var node : graph.nodes()) {
            if (!node.is("Constant")) {
                computed.addAll(node.outputs());
            }
            node.inputs()
                    .forEach(input -> readers.computeIfAbsent(input, _ -> new ArrayList<>())
                            .add(node));
        }
        var blocks = new ArrayList<String>();
        for (var node : graph.nodes()) {
            if (node.is("Add") && computed.containsAll(node.inputs())) {
                var reading = readers.getOrDefault(node.output(0), List.of());
                var only = reading.size() == 1 ? reading.getFirst() : node;
                if (!only.is("Softmax")) { // scores and their mask
                    blocks.add(ACTIVATIONS.contains(only.opType()) ? only.output(0) : node.output(0));
                }
            }
        }
        return blocks;
    }

    private static List<String> pooled(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.opType().endsWith("Pool"))
                .map(node -> node.input(0))
                .distinct()
                .toList();
    }

    private static List<String> projected(Model model) {
        var constants = new LinkedHashSet<String>();
        model.graph().initializers().forEach(tensor -> constants.add(tensor.name()));
        var readers = new LinkedHashMap<String, Integer>();
        var producers = new HashMap<String, Node>();
        for (var node : model.graph().nodes()) {
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
