package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.layer.Layouts;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Finds the values that weights are multiplied with, and those that come of it. */
final class LayerInputs {

    /** A node that multiplies with a parameter. */
    record Use(Node node, int operand) {}

    private final Model model;
    private final WeightResolver resolver;

    LayerInputs(Model model) {
        this.model = model;
        this.resolver = WeightResolver.of(model.graph());
    }

    /** Returns the nodes of the main graph that multiply with a parameter. */
    List<Use> uses(Parameter parameter) {
        var order = StorageOrder.of(parameter.matrix().weight());
        var uses = new ArrayList<Use>();
        for (var node : model.graph().nodes()) {
            for (int operand : Layouts.weightOperands(node)) {
                if (operand < node.inputs().size()
                        && resolver.resolve(node.input(operand)) instanceof Resolution.Found(var weight)
                        && StorageOrder.of(weight).holdsTheSameAs(order)) {
                    uses.add(new Use(node, operand));
                }
            }
        }
        return uses;
    }

    /** Returns why the inputs of a use cannot be observed; empty when they can. */
    static Optional<String> obstacle(Use use, Parameter parameter) {
        var node = use.node();
        return switch (node.opType()) {
            case "LSTM", "GRU", "RNN" ->
                use.operand() == 1
                        ? Optional.empty()
                        : Optional.of("it multiplies the states inside a recurrent layer, which cannot be observed");
            case "MatMul" ->
                parameter.shape().size() == 2
                        ? Optional.empty()
                        : Optional.of("it is a batch of matrices, each with inputs of its own");
            default -> Optional.empty();
        };
    }

    /** Returns the axis of a value that a use sums over. */
    static Watch input(Use use, Parameter parameter) {
        var node = use.node();
        return switch (node.opType()) {
            case "Conv" -> new Watch(node.input(0), 1, Optional.of(Watch.Kernel.of(node, parameter.shape())));
            case "ConvTranspose" -> Watch.of(node.input(0), 1);
            case "Gemm" -> {
                boolean first = use.operand() == 0;
                boolean transposed = node.intAttribute(first ? "transB" : "transA", 0) != 0;
                yield Watch.of(node.input(1 - use.operand()), first == transposed ? 1 : 0);
            }
            case "MatMul" -> Watch.of(node.input(1 - use.operand()), use.operand() == 1 ? -1 : -2);
            default -> Watch.of(node.input(0), -1);
        };
    }

    /** Returns the axis of a use's output along which the rows of the weight lie; empty when there is none. */
    static OptionalInt outputAxis(Use use) {
        return switch (use.node().opType()) {
            case "Conv", "ConvTranspose" -> OptionalInt.of(1);
            case "Gemm" -> OptionalInt.of(use.operand() == 0 ? 0 : 1);
            case "MatMul" -> OptionalInt.of(use.operand() == 0 ? -2 : -1);
            default -> OptionalInt.empty();
        };
    }
}
