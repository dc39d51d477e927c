package dev.coppice.prune.depth;

import dev.coppice.ir.Node;
import dev.coppice.ir.layer.WeightOperator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Operators that multiply by weights and add up. */
final class Linear {

    private static final String DEFORMABLE = "DeformConv"; // its layout is not known

    private Linear() {}

    /** Returns the operands of a node that are kernels or matrices of the model; operators of other domains are not looked into. */
    static List<Integer> weights(Node node, Wiring wiring) {
        return IntStream.range(0, node.inputs().size())
                .filter(i -> isWeight(node, i) && wiring.isConstant(node.input(i)))
                .boxed()
                .toList();
    }

    private static boolean isWeight(Node node, int operand) {
        return node.is("Einsum")
                || (node.is(DEFORMABLE)
                        ? operand == 1
                        : WeightOperator.operandsOf(node).contains(operand));
    }

    /** Returns the operand that is added to the products; empty when the node has none, or is a recurrence. */
    static Optional<Integer> bias(Node node) {
        var operator = WeightOperator.of(node);
        int operand = node.is(DEFORMABLE) ? 3 : operator == null || operator.isRecurrent() ? -1 : operator.bias();
        return operand < 0 || node.input(operand).isEmpty() ? Optional.empty() : Optional.of(operand);
    }

    /** Says whether the output of a node with weights is nothing but products with them, and perhaps a bias. */
    static boolean isProduct(Node node) {
        var operator = WeightOperator.of(node);
        return operator == null || !operator.isRecurrent();
    }
}
