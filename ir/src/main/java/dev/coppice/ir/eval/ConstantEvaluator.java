package dev.coppice.ir.eval;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Computes nodes whose inputs are all known. Semantics are those of opset 7 to 24; parameters are found where the node has
 * them, as attributes or as inputs.
 */
public final class ConstantEvaluator {

    /** No result is larger than this, so that the work fits in memory. */
    private static final long MOST_ELEMENTS = 1L << 26;

    private static final Map<String, Operation> OPERATIONS = operations();

    private ConstantEvaluator() {}

    /** Says whether the node's operator is one that can be computed. */
    public static boolean covers(Node node) {
        return node.isStandard() && OPERATIONS.containsKey(node.opType());
    }

    /** Returns the outputs of a node as {@link #evaluate(Node, List, long)} does, all inputs being present. */
    public static Optional<List<Tensor>> evaluate(Node node, List<Tensor> inputs) {
        return evaluate(node, new ArrayList<>(inputs), MOST_ELEMENTS);
    }

    /**
     * Returns the outputs of a node, named as the node names them.
     *
     * @param inputs one an input of the node; null for an optional one left out
     * @param limit the most elements that an output may have
     * @return empty when the operator, an element type or the size is not covered
     * @throws BadModelException when the node contradicts its inputs
     */
    public static Optional<List<Tensor>> evaluate(Node node, List<@Nullable Tensor> inputs, long limit) {
        var operation = node.isStandard() ? OPERATIONS.get(node.opType()) : null;
        if (operation == null || isLegacyBroadcast(node)) {
            return Optional.empty();
        }
        var operands = new Operands(node, inputs, Math.min(limit, MOST_ELEMENTS));
        var outputs = Malformed.guard(node, "its constant value", () -> operation.apply(operands));
        if (outputs.isEmpty() || outputs.size() < node.outputs().size()) {
            return Optional.empty();
        }
        var named = new ArrayList<Tensor>();
        for (int i = 0; i < node.outputs().size(); i++) {
            named.add(outputs.get(i).withName(node.output(i)));
        }
        return Optional.of(named);
    }

    /** Before opset 7 an attribute aligned the operands; nobody writes that any more. */
    private static boolean isLegacyBroadcast(Node node) {
        return node.intAttribute("broadcast", 0) != 0;
    }

    private static Map<String, Operation> operations() {
        var all = new HashMap<String, Operation>();
        all.putAll(Relabelings.OPERATIONS);
        all.putAll(Movements.OPERATIONS);
        all.putAll(Selections.OPERATIONS);
        all.putAll(Generators.OPERATIONS);
        all.putAll(Arithmetic.OPERATIONS);
        all.putAll(Unary.OPERATIONS);
        all.putAll(Logic.OPERATIONS);
        all.putAll(Reductions.OPERATIONS);
        all.putAll(Normalizations.OPERATIONS);
        return Map.copyOf(all);
    }
}
