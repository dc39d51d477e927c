package dev.coppice.prune.depth;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the residual branches of a model: every {@code Add}, or {@code Sum} of two, of a value {@code x} and what is computed from it by
 * nodes that serve nothing else and hold weights, where the sum has the shape of {@code x}.
 *
 * <p>{@code x} may also be an earlier point of the same chain of sums, as in blocks whose attention and feed-forward part run side by side.
 */
public final class Branches {

    /** What may be looked at in search of branches: each within the next takes quadratic time. */
    private static final long MOST_STEPS = 1_000_000;

    private static final int STEPS_PER_NODE = 200;

    private final Wiring wiring;
    private final SameShapes shapes;
    private final WeightResolver resolver;
    private final List<Branch> list = new ArrayList<>();
    private final Map<Node, String> blocked = new LinkedHashMap<>();
    /** For the sum of each branch, what it would become. */
    private final Map<String, String> skips = new HashMap<>();

    private final Set<String> names = new HashSet<>();

    private Branches(Model model, long mostSteps) {
        this.wiring = new Wiring(model);
        this.shapes = new SameShapes(model);
        this.resolver = WeightResolver.of(model.graph());
        var weighted = weighted(model);
        for (var node : model.graph().nodes()) {
            boolean sum = (node.is("Add") || node.is("Sum"))
                    && node.inputs().size() == 2
                    && !node.input(0).equals(node.input(1))
                    && node.inputs().stream().noneMatch(wiring::isConstant)
                    && node.inputs().stream().anyMatch(weighted::contains);
            if (sum && wiring.steps() > mostSteps) {
                blocked.put(
                        node, "not looked into: the sums before it lie within each other, too many to search them all");
            } else if (sum) {
                add(node);
            }
        }
        list.forEach(branch -> branch.nodes().forEach(blocked::remove));
    }

    /** Finds the branches; throws {@link dev.coppice.ir.BadModelException} when the model's shapes contradict each other. */
    public static Branches of(Model model) {
        return of(
                model,
                Math.max(
                        MOST_STEPS,
                        (long) STEPS_PER_NODE * model.graph().nodes().size()));
    }

    /** Finds the branches, and looks into no further sum after so many steps. */
    static Branches of(Model model, long mostSteps) {
        return new Branches(model, mostSteps);
    }

    /** Returns how many nodes and values were looked at. */
    long steps() {
        return wiring.steps();
    }

    /** Returns the branches that can be dropped, each on its own or with others, in the graph's order. */
    public List<Branch> list() {
        return List.copyOf(list);
    }

    /** Returns the other sums that look residual, except those inside a branch. */
    public List<BlockedBranch> blocked() {
        return blocked.entrySet().stream()
                .map(entry ->
                        new BlockedBranch(entry.getKey().label(), entry.getKey().opType(), entry.getValue()))
                .toList();
    }

    /** Returns the values that are computed with weights: no other one leads out of a branch. */
    private Set<String> weighted(Model model) {
        var weighted = new HashSet<String>();
        for (var node : model.graph().nodes()) {
            if (hasWeights(node) || wiring.reads(node).stream().anyMatch(weighted::contains)) {
                weighted.addAll(node.outputs());
            }
        }
        return weighted;
    }

    private void add(Node sum) {
        for (int operand = 0; operand < 2; operand++) {
            var skip = sum.input(1 - operand);
            var value = sum.input(operand);
            var between = between(skip, value);
            if (between.stream().anyMatch(this::hasWeights)) {
                var nodes = wiring.exclusive(value, sum);
                var obstacle = obstacle(sum, skip, value, nodes);
                if (obstacle.isEmpty()) {
                    list.add(branch(sum, skip, value, nodes));
                    skips.put(sum.output(0), skip);
                } else {
                    blocked.put(sum, obstacle.get());
                }
                return;
            }
        }
        crossing(sum).ifPresent(reason -> blocked.put(sum, reason));
    }

    /** Returns the nodes between a value, or an earlier point of its chain of sums, and another value that is not of that chain. */
    private List<Node> between(String skip, String value) {
        var own = wiring.between(Set.of(skip), value);
        if (!own.isEmpty() || !skips.containsKey(skip)) {
            return own;
        }
        var chain = chain(skip);
        boolean joined = chain(value).stream().anyMatch(chain::contains);
        return joined ? List.of() : wiring.between(chain, value);
    }

    private Set<String> chain(String value) {
        var chain = new LinkedHashSet<String>();
        for (var at = Optional.of(value); at.isPresent(); at = at.map(skips::get)) {
            chain.add(at.get());
        }
        return chain;
    }

    private boolean hasWeights(Node node) {
        return !Linear.weights(node, wiring).isEmpty();
    }

    private Optional<String> obstacle(Node sum, String skip, String value, List<Node> nodes) {
        if (nodes.isEmpty()) {
            var user = wiring.users(value).stream()
                    .filter(node -> !node.equals(sum))
                    .findFirst();
            return Optional.of("'%s' is used elsewhere too (%s)"
                    .formatted(
                            value,
                            user.map(n -> n.opType() + " '" + n.label() + "'").orElse("an output")));
        }
        if (nodes.stream().noneMatch(this::hasWeights)) {
            return Optional.of("the weights of the branch serve other parts of the model too");
        }
        var result = sum.output(0);
        if (!shapes.same(skip, result)) {
            return Optional.of("'%s' of shape %s cannot stand for the sum of shape %s"
                    .formatted(skip, shape(skip), shape(result)));
        }
        return Optional.empty();
    }

    private String shape(String value) {
        return shapes.shapes().shape(value).map(Object::toString).orElse("?");
    }

    /** Tells of a sum of two branches that leave from one value, of which none passes it on as it is. */
    private Optional<String> crossing(Node sum) {
        var left = wiring.exclusive(sum.input(0), sum);
        var right = wiring.exclusive(sum.input(1), sum);
        boolean weights =
                left.stream().anyMatch(this::hasWeights) || right.stream().anyMatch(this::hasWeights);
        var common = wiring.sources(left);
        common.retainAll(wiring.sources(right));
        return weights && !common.isEmpty()
                ? Optional.of("no operand is the value that the other is computed from: both are computed from '%s'"
                        .formatted(common.iterator().next()))
                : Optional.empty();
    }

    private Branch branch(Node sum, String skip, String value, List<Node> nodes) {
        var weights = new LinkedHashSet<String>();
        for (var node : nodes) {
            for (int operand : Linear.weights(node, wiring)) {
                weights.add(stored(node.input(operand)));
            }
        }
        var list = List.copyOf(weights);
        var name = List.of(list.getLast(), sum.label(), sum.output(0)).stream()
                .filter(names::add)
                .findFirst()
                .orElse(sum.output(0));
        return new Branch(name, sum.label(), list, sum, nodes, skip, value, wiring.parameters(nodes));
    }

    private String stored(String operand) {
        return resolver.resolve(operand) instanceof Resolution.Found(var weight) ? weight.name() : operand;
    }
}
