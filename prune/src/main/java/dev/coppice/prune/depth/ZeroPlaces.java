package dev.coppice.prune.depth;

import dev.coppice.ir.Node;
import dev.coppice.ir.Trait;
import dev.coppice.ir.layer.WeightOperator;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Finds the constants of a branch that must be zero for the branch to be zero: backwards from its end, through operators that make zeros
 * of zeros, to the last weights. Never by a constant in front of an operator that could turn zeros into anything else.
 */
final class ZeroPlaces {

    /** An operand of a node, a constant, that must be zero. */
    record Place(Node node, int operand) {}

    private static final Set<String> OF_ALL = Set.of("Add", "Sum", "Sub", "Concat", "Max", "Min", "Mean");

    private static final Set<String> NORMS = Set.of(
            "BatchNormalization",
            "LayerNormalization",
            "InstanceNormalization",
            "GroupNormalization",
            "RMSNormalization");

    private final Wiring wiring;
    private final Branch branch;
    private final Set<Node> own = Collections.newSetFromMap(new IdentityHashMap<>());
    private String obstacle = "";

    ZeroPlaces(Wiring wiring, Branch branch) {
        this.wiring = wiring;
        this.branch = branch;
        own.addAll(branch.nodes());
    }

    /** Returns the places; empty when there are none that do. */
    Optional<List<Place>> find() {
        return of(branch.value());
    }

    /** Returns what was in the way last. */
    String obstacle() {
        return obstacle;
    }

    private Optional<List<Place>> of(String value) {
        var node = wiring.producer(value).filter(own::contains).orElse(null);
        if (node == null) {
            return none("'%s' is computed outside the branch".formatted(value));
        }
        if (!node.isStandard()) {
            return none("%s '%s' need not put out zeros".formatted(node.opType(), node.label()));
        }
        var op = node.opType();
        if (!Linear.weights(node, wiring).isEmpty() && Linear.isProduct(node)) {
            return product(node);
        }
        if (WeightOperator.MAT_MUL.is(node) || op.equals("Mul")) {
            return any(node);
        }
        if (NORMS.contains(op)) {
            return scaleAndBias(node);
        }
        if (OF_ALL.contains(op)) {
            return all(node, IntStream.range(0, node.inputs().size()));
        }
        if (op.equals("Where")) {
            return all(node, IntStream.of(1, 2));
        }
        boolean first = node.has(Trait.KEEPS_ZERO) || (op.equals("Div") && wiring.isConstant(node.input(1)));
        return first
                ? operand(node, 0)
                : none("%s '%s' does not put out zeros where zeros go in".formatted(op, node.label()));
    }

    private Optional<List<Place>> none(String why) {
        obstacle = why;
        return Optional.empty();
    }

    /** The weights, and what is added to the products. */
    private Optional<List<Place>> product(Node node) {
        var places = new ArrayList<Place>();
        // One factor of zeros is enough.
        places.add(new Place(node, Linear.weights(node, wiring).getLast()));
        var bias = Linear.bias(node);
        if (bias.isPresent()) {
            var more = operand(node, bias.get());
            if (more.isEmpty()) {
                return more;
            }
            places.addAll(more.get());
        }
        return Optional.of(places);
    }

    private Optional<List<Place>> operand(Node node, int operand) {
        return wiring.isConstant(node.input(operand))
                ? Optional.of(List.of(new Place(node, operand)))
                : of(node.input(operand));
    }

    /** One zero factor is enough: rather one that weights make than a constant. */
    private Optional<List<Place>> any(Node node) {
        for (int operand = 0; operand < node.inputs().size(); operand++) {
            if (!wiring.isConstant(node.input(operand))) {
                var places = of(node.input(operand));
                if (places.isPresent()) {
                    return places;
                }
            }
        }
        for (int operand = 0; operand < node.inputs().size(); operand++) {
            if (wiring.isConstant(node.input(operand))) {
                return Optional.of(List.of(new Place(node, operand)));
            }
        }
        return Optional.empty();
    }

    private Optional<List<Place>> all(Node node, IntStream operands) {
        var places = new ArrayList<Place>();
        for (int operand : operands.toArray()) {
            var more = operand(node, operand);
            if (more.isEmpty()) {
                return more;
            }
            places.addAll(more.get());
        }
        return Optional.of(places);
    }

    private Optional<List<Place>> scaleAndBias(Node node) {
        var places = IntStream.rangeClosed(1, node.input(2).isEmpty() ? 1 : 2)
                .mapToObj(operand -> new Place(node, operand))
                .toList();
        return places.stream().allMatch(place -> wiring.isConstant(node.input(place.operand())))
                ? Optional.of(places)
                : none("scale and bias of %s '%s' are computed".formatted(node.opType(), node.label()));
    }
}
