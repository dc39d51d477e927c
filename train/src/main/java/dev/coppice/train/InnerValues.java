package dev.coppice.train;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Trait;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** Finds the activations within a model that say most about what it computes: a student that has them right has little left to learn. */
public final class InnerValues {

    private InnerValues() {}

    /**
     * Returns the names of inner values. Of a transformer, those that three or more nodes with a weight read, as query, key and value
     * projections read the output of the layer before. Of other networks the ends of residual blocks, behind their activation; where there
     * are none, what pooling reads.
     */
    public static List<String> of(Model model) {
        var graph = model.graph();
        var resolver = WeightResolver.of(graph);
        var projected = projected(graph, resolver);
        if (!projected.isEmpty()) {
            return projected;
        }
        var blocks = blocks(graph, resolver, ShapeInference.infer(model));
        return blocks.isEmpty() ? pooled(graph) : blocks;
    }

    /** Returns the sums of activations, or what the activation function makes of them that alone reads them. */
    private static List<String> blocks(Graph graph, WeightResolver resolver, Shapes shapes) {
        var readers = graph.readers();
        var blocks = new ArrayList<String>();
        for (var node : graph.nodes()) {
            var sum = node.output(0);
            boolean ofActivations = node.inputs().size() > 1
                    && node.inputs().stream()
                            .allMatch(input -> resolver.resolve(input) instanceof Resolution.NotConstant);
            if ((node.is("Add") || node.is("Sum")) && ofActivations && isActivation(sum, shapes)) {
                var reading = readers.getOrDefault(sum, List.of());
                var only = reading.size() == 1 ? reading.getFirst() : node;
                if (!only.is("Softmax")) { // scores and their mask
                    blocks.add(only.has(Trait.ACTIVATION) ? only.output(0) : sum);
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

    private static List<String> projected(Graph graph, WeightResolver resolver) {
        var readers = new LinkedHashMap<String, Integer>();
        for (var node : graph.nodes()) {
            if ((WeightOperator.MAT_MUL.is(node) || WeightOperator.GEMM.is(node))
                    && resolver.resolve(node.input(1)) instanceof Resolution.Found) {
                readers.merge(node.input(0), 1, Integer::sum);
            }
        }
        return readers.entrySet().stream()
                .filter(entry -> entry.getValue() >= 3)
                .map(entry -> entry.getKey())
                .toList();
    }
}
