package dev.coppice.prune;

import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.layer.Layouts;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.prune.Parameter.Kind;
import dev.coppice.prune.WeightUses.Use;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Sorts a model's constants into parameters and blocked weights. A tensor that several nodes use (tied, siamese) is one
 * parameter, laid out as its first use; separate slices of one tensor are parameters of their own.
 */
final class ParameterFinder {

    private static final Set<String> QUANTIZED = Set.of(
            "QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger", "DynamicQuantizeMatMul", "MatMulNBits");

    /** Standard operators with weights whose layout is not one of {@link Layouts}. */
    private static final Set<String> UNKNOWN_LAYOUT = Set.of("Einsum", "DeformConv");

    private final List<Use> uses;
    private final Set<Tensor> embeddings = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Tensor> weights = Collections.newSetFromMap(new IdentityHashMap<>());
    private final IdentityHashMap<Tensor, List<Found>> found = new IdentityHashMap<>();
    private final List<Found> inOrder = new ArrayList<>();
    private final List<Blocked> blocked = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /** A parameter whose users are still being gathered. */
    private record Found(String name, Node node, Kind kind, WeightMatrix matrix, Set<String> aliases) {

        Parameter parameter() {
            return new Parameter(name, node.label(), node.opType(), kind, matrix, List.copyOf(aliases));
        }
    }

    /** All parameters in order of first use, those that are left alone unless asked for among them. */
    record Constants(List<Parameter> parameters, List<Blocked> blocked) {}

    private ParameterFinder(List<Use> uses) {
        this.uses = uses;
    }

    static Constants find(Model model) {
        var finder = new ParameterFinder(WeightUses.of(model));
        finder.noteRoles();
        finder.uses.forEach(finder::add);
        return new Constants(finder.inOrder.stream().map(Found::parameter).toList(), finder.blocked);
    }

    private void noteRoles() {
        for (var use : uses) {
            if (use.constant() instanceof Resolution.Found(var weight)) {
                if (use.node().is("Gather") && use.operand() == 0) {
                    embeddings.add(weight.source());
                } else if (isWeight(use)
                        && weight.dims().size() >= 2
                        && obstacle(weight).isEmpty()) {
                    weights.add(weight.source());
                }
            } else if (use.constant() instanceof Resolution.Rounded(var weight)
                    && isWeight(use)
                    && weight.dims().size() >= 2) {
                weights.add(weight.source());
            }
        }
        weights.removeAll(embeddings);
    }

    /** Says whether the operand is one that Coppice knows how to prune. */
    private static boolean isWeight(Use use) {
        return use.function().isEmpty() && WeightOperator.operandsOf(use.node()).contains(use.operand());
    }

    private void add(Use use) {
        switch (use.constant()) {
            case Resolution.Found(var weight) -> addFound(use, weight);
            case Resolution.Rounded(var weight) -> addFound(use, weight);
            case Resolution.Refused(var reason) -> {
                if (isWeight(use)) {
                    block(use, use.value(), reason);
                }
            }
            case Resolution.Foldable _ -> {
                if (isWeight(use)) {
                    block(
                            use,
                            use.value(),
                            "computed from other constants by operators that were not evaluated: let the exporter fold"
                                    + " constants");
                }
            }
            case Resolution.NotConstant _ -> throw new IllegalStateException("not a constant: " + use);
        }
    }

    private void addFound(Use use, Weight weight) {
        if (weight.size() == 0 || weight.dims().isEmpty()) {
            return;
        }
        if (embeddings.contains(weight.source())) {
            addWhole(use, weight, Kind.EMBEDDING);
        } else if (isWeight(use) && weight.dims().size() >= 2) {
            var obstacle = obstacle(weight);
            if (obstacle.isEmpty()) {
                addWeight(use, weight);
            } else {
                block(use, weight.name(), obstacle);
            }
        } else if (weight.dims().size() >= 2 && !foreignReason(use).isEmpty()) {
            if (!weights.contains(weight.source()) && (weight.source().type().prunable() || isQuantized(use))) {
                block(use, weight.name(), foreignReason(use));
            }
        } else if (!weights.contains(weight.source()) && use.function().isEmpty()) {
            addWhole(use, weight, weight.source().dims().size() == 1 ? Kind.VECTOR : Kind.CONSTANT);
        }
    }

    private static boolean isQuantized(Use use) {
        return QUANTIZED.contains(use.node().opType());
    }

    /** Returns why a floating-point matrix at this operand cannot be pruned; empty when it is no weight. */
    private static String foreignReason(Use use) {
        var node = use.node();
        if (!use.function().isEmpty()) {
            return "used by the model-local function " + use.function() + ": inline functions first";
        }
        if (isQuantized(use)) {
            return "quantized: prune the float model first, then quantize";
        }
        if (!node.isStandard() || UNKNOWN_LAYOUT.contains(node.opType())) {
            return "used by the operator " + (node.isStandard() ? "" : node.domain() + ".") + node.opType()
                    + ", whose layout is not known";
        }
        return "";
    }

    private static String obstacle(Weight weight) {
        if (!weight.source().type().prunable()) {
            return "holds " + weight.source().type() + ", not floating-point numbers";
        }
        return StorageOrder.isOneToOne(weight) ? "" : "one stored value serves several weights";
    }

    private void addWeight(Use use, Weight weight) {
        var earlier = found.getOrDefault(weight.source(), List.of());
        for (var one : earlier) {
            if (StorageOrder.of(one.matrix.weight()).holdsTheSameAs(StorageOrder.of(weight))) {
                addAliases(one.aliases, use.node());
                return;
            }
        }
        if (!earlier.isEmpty() && overlaps(earlier, weight)) {
            block(
                    use,
                    weight.name(),
                    "overlaps another part of the same tensor that is pruned as " + earlier.getFirst().name);
            return;
        }
        register(use, weight, Kind.WEIGHT, Layouts.of(use.node(), use.operand(), weight));
    }

    private static boolean overlaps(List<Found> earlier, Weight weight) {
        var taken = new Mask(weight.source().size());
        for (var one : earlier) {
            var order = StorageOrder.of(one.matrix.weight());
            for (long rank = 0; rank < order.size(); rank++) {
                taken.prune(order.element(rank));
            }
        }
        var order = StorageOrder.of(weight);
        for (long rank = 0; rank < order.size(); rank++) {
            if (taken.isPruned(order.element(rank))) {
                return true;
            }
        }
        return false;
    }

    /** Adds a constant that is left alone unless asked for, always as the whole tensor. */
    private void addWhole(Use use, Weight seen, Kind kind) {
        var source = seen.source();
        if (!source.type().prunable() || source.dims().isEmpty()) {
            return;
        }
        var earlier = found.get(source);
        if (earlier != null) {
            addAliases(earlier.getFirst().aliases, use.node());
            return;
        }
        var matrix = Layouts.table(seen.name(), source);
        register(use, matrix.weight(), kind, matrix);
    }

    private void register(Use use, Weight weight, Kind kind, WeightMatrix matrix) {
        String name = weight.name();
        for (int copy = 2; !names.add(name); copy++) {
            name = weight.name() + "#" + copy;
        }
        var aliases = new LinkedHashSet<>(List.of(name, weight.name()));
        addAliases(aliases, use.node());
        var entry = new Found(name, use.node(), kind, matrix, aliases);
        found.computeIfAbsent(weight.source(), _ -> new ArrayList<>()).add(entry);
        inOrder.add(entry);
    }

    private void block(Use use, String name, String reason) {
        if (blocked.stream()
                .anyMatch(
                        b -> b.name().equals(name) && b.node().equals(use.node().label()))) {
            return;
        }
        var aliases = new LinkedHashSet<>(List.of(name, use.value()));
        addAliases(aliases, use.node());
        blocked.add(new Blocked(name, use.node().label(), use.node().opType(), reason, List.copyOf(aliases)));
    }

    private static void addAliases(Set<String> aliases, Node node) {
        aliases.add(node.label());
        if (!node.name().isEmpty()) {
            aliases.add(node.name());
        }
    }
}
