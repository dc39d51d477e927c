package dev.coppice.prune.depth;

import dev.coppice.ir.Node;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Operators that multiply by weights and add up. */
final class Linear {

    private static final Map<String, Set<Integer>> OPERANDS = Map.of(
            "Conv", Set.of(1),
            "ConvTranspose", Set.of(1),
            "DeformConv", Set.of(1),
            "Gemm", Set.of(0, 1),
            "MatMul", Set.of(0, 1),
            "LSTM", Set.of(1, 2),
            "GRU", Set.of(1, 2),
            "RNN", Set.of(1, 2));

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
                || (node.isStandard()
                        && OPERANDS.getOrDefault(node.opType(), Set.of()).contains(operand));
    }

    /** Returns the operand that is added to the products of a convolution or Gemm; empty when it has none. */
    static Optional<Integer> bias(Node node) {
        int operand = node.is("DeformConv") ? 3 : 2;
        boolean may = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("DeformConv");
        return may && !node.input(operand).isEmpty() ? Optional.of(operand) : Optional.empty();
    }

    /** Says whether the node's output is nothing but products with a constant weight, and perhaps a bias. */
    static boolean isProduct(Node node) {
        return !(node.is("LSTM") || node.is("GRU") || node.is("RNN"));
    }
}
