package dev.coppice.train.torch;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.Trait;
import dev.coppice.ir.layer.WeightOperator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells which constants of a graph are learnt, by the place where operators take them. */
final class Trainables {

    /** What a constant is to the operator that takes it. */
    enum Role {
        /** Weights of a product or convolution: what weight decay shrinks. */
        MATRIX,
        /** Biases, and scales and shifts of normalisations and activations. */
        VECTOR,
        /** Rows picked by index. */
        EMBEDDING,
        /** Means and variances that BatchNormalization keeps; they follow the data, not the gradient. */
        STATISTIC
    }

    /** Inputs with a role of their own, by operator; those of operators that multiply by weights are told by {@link WeightOperator}. */
    private static final Map<String, Map<Integer, Role>> ROLES = Map.ofEntries(
            Map.entry("Einsum", Map.of(0, Role.MATRIX, 1, Role.MATRIX)),
            Map.entry(
                    "BatchNormalization", Map.of(1, Role.VECTOR, 2, Role.VECTOR, 3, Role.STATISTIC, 4, Role.STATISTIC)),
            Map.entry("InstanceNormalization", Map.of(1, Role.VECTOR, 2, Role.VECTOR)),
            Map.entry("GroupNormalization", Map.of(1, Role.VECTOR, 2, Role.VECTOR)),
            Map.entry("LayerNormalization", Map.of(1, Role.VECTOR, 2, Role.VECTOR)),
            Map.entry("RMSNormalization", Map.of(1, Role.VECTOR)),
            Map.entry("PRelu", Map.of(1, Role.VECTOR)),
            Map.entry("Gather", Map.of(0, Role.EMBEDDING)));

    private static final int PEEPHOLES = 7; // operand of an LSTM

    /** Says whether a weight is looked for through an operator: one that moves and joins elements. */
    private static boolean moves(Node node) {
        return node.has(Trait.MOVES) || node.is("ScatterND");
    }

    private final Map<String, Tensor> constants;
    private final Map<String, Node> producers = new HashMap<>();
    private final Map<String, Role> roles = new LinkedHashMap<>();
    private final Set<String> learnt = new HashSet<>(); // values that depend on a weight

    private Trainables(Graph graph) {
        constants = Constants.of(graph);
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
        }
        graph.nodes().forEach(this::visit);
    }

    /** Returns the floating-point constants that have a role, in the order in which the graph uses them. */
    static Map<String, Role> of(Graph graph) {
        return new Trainables(graph).roles;
    }

    private void visit(Node node) {
        if (!node.isStandard() || moves(node)) {
            spread(node);
            return;
        }
        // Input by input: the order of an immutable map is another one in every JVM, and weights lie in checkpoints in
        // this order.
        for (int input = 0; input < node.inputs().size(); input++) {
            var role = role(node, input);
            if (role == null) {
                continue;
            }
            for (var name : sources(node.input(input))) {
                assign(name, role);
                learnt.add(node.output(0));
            }
        }
        if (node.is("Add") || node.is("Mul")) {
            affine(node);
        }
        spread(node);
    }

    private static @Nullable Role role(Node node, int input) {
        var operator = WeightOperator.of(node);
        if (operator == null) {
            return ROLES.getOrDefault(node.opType(), Map.of()).get(input);
        }
        boolean added = input == operator.bias() || (operator == WeightOperator.LSTM && input == PEEPHOLES);
        return operator.operands().contains(input) ? Role.MATRIX : added ? Role.VECTOR : null;
    }

    /** A vector added to or multiplied with what depends on a weight is a bias or a scale; a scalar is part of a formula. */
    private void affine(Node node) {
        for (int i = 0; i < 2; i++) {
            if (learnt.contains(node.input(1 - i))) {
                for (var name : sources(node.input(i))) {
                    var dims = dims(name);
                    if (dims.stream().filter(dim -> dim > 1).count() == 1) {
                        assign(name, Role.VECTOR);
                    }
                }
            }
        }
    }

    private void spread(Node node) {
        if (node.inputs().stream().anyMatch(learnt::contains)) {
            learnt.addAll(node.outputs());
        }
    }

    /** The weightier role wins: an embedding that also serves as a matrix is trained as one. */
    private void assign(String name, Role role) {
        if (role == Role.EMBEDDING && dims(name).size() < 2) {
            return;
        }
        roles.merge(name, role, (first, second) -> first.compareTo(second) <= 0 ? first : second);
    }

    private List<Long> dims(String name) {
        return Objects.requireNonNull(constants.get(name)).dims();
    }

    /** Returns the floating-point constants that a value consists of. */
    private List<String> sources(String value) {
        var constant = constants.get(value);
        if (constant != null) {
            return constant.type().prunable() && constant.size() > 0 ? List.of(value) : List.of();
        }
        var producer = producers.get(value);
        if (producer == null || !moves(producer)) {
            return List.of();
        }
        var found = new ArrayList<String>();
        for (var input : producer.inputs()) {
            if (!input.isEmpty()) {
                found.addAll(sources(input));
            }
        }
        return found;
    }
}
