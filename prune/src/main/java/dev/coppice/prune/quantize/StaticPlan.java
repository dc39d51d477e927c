package dev.coppice.prune.quantize;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.prune.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which nodes of a graph are computed on integers, and which values therefore have a quantized form. */
final class StaticPlan {

    private static final Set<String> OPERATORS = Set.of("Conv", "Gemm", "MatMul");

    private final StaticGraph graph;
    private final Map<String, Int8Layer> layers = new LinkedHashMap<>();
    private final List<FloatLayer> inFloat = new ArrayList<>();
    /** What could be carried and is, by first output. */
    private final Map<String, Carrying> possible = new HashMap<>();

    private final Map<String, Carrying> carried = new HashMap<>();
    /** Values that are made in uint8, and values that some reader wants in uint8. */
    private final Set<String> quantized = new HashSet<>();

    private final Set<String> wanted = new HashSet<>();
    /** Relu and Clip nodes that saturation stands for. */
    private final Set<String> absorbed = new HashSet<>();

    private StaticPlan(StaticGraph graph) {
        this.graph = graph;
    }

    /**
     * @param blocked values that must not be quantized
     * @param left the reason for each further layer that is to stay in float, by its node's first output
     */
    static StaticPlan of(Model model, Selection selection, Set<String> blocked, Map<String, String> left) {
        var plan = new StaticPlan(new StaticGraph(model, blocked));
        var sites = Int8Sites.of(model, OPERATORS, selection);
        plan.inFloat.addAll(sites.inFloat());
        var possible = sites.found().stream()
                .filter(site -> plan.obstacle(site, "").isEmpty())
                .toList();
        var read = Int8Sites.readBesides(model.graph(), possible);
        for (var site : sites.found()) {
            var wish = read.contains(site.weight().name()) ? Int8Sites.SHARED : left.getOrDefault(site.id(), "");
            var obstacle = plan.obstacle(site, possible.contains(site) ? wish : "");
            if (!obstacle.isEmpty()) {
                plan.inFloat.add(site.left(obstacle));
            } else if (plan.layers.put(site.id(), Int8Layer.of(site, plan.graph)) != null) {
                throw new IllegalStateException("two weights of " + site.node().label());
            }
        }
        plan.findPossible();
        plan.findWanted();
        plan.decide();
        return plan;
    }

    private String obstacle(Int8Site site, String wish) {
        if (!wish.isEmpty()) {
            return wish;
        }
        return graph.isBlocked(end(site.node())) ? Int8Layer.NOT_FINITE : Int8Layer.obstacle(site, graph);
    }

    private void findPossible() {
        var available = new HashSet<String>();
        for (var node : graph.nodes()) {
            var id = node.output(0);
            if (layers.containsKey(id)) {
                available.add(end(node));
                continue;
            }
            var how = Carrying.of(node, graph).orElse(null);
            if (how != null
                    && feeds(node, available)
                    && ends(node, how).stream().noneMatch(graph::isBlocked)) {
                possible.put(id, how);
                available.addAll(ends(node, how));
            }
        }
    }

    /** Says whether a node reads enough quantized values: all that a Concat joins, one of the operands of others. */
    private static boolean feeds(Node node, Set<String> available) {
        return switch (node.opType()) {
            case "Concat" -> available.containsAll(node.inputs());
            case "Add", "Mul", "Div" -> node.inputs().stream().anyMatch(available::contains);
            default -> available.contains(node.input(0));
        };
    }

    private void findWanted() {
        for (var node : graph.nodes().reversed()) {
            var how = possible.get(node.output(0));
            if (layers.containsKey(node.output(0))) {
                wanted.add(node.input(0));
            } else if (how != null
                    && (gains(node, how) || ends(node, how).stream().anyMatch(wanted::contains))) {
                wanted.addAll(activations(node));
            }
        }
    }

    /** Says whether a node had better be computed in uint8 even where its output is wanted in float. */
    private static boolean gains(Node node, Carrying how) {
        return node.is("MaxPool") || (how instanceof Carrying.Computes(boolean worthwhile) && worthwhile);
    }

    private void decide() {
        for (var node : graph.nodes()) {
            var how = possible.get(node.output(0));
            if (layers.containsKey(node.output(0))) {
                // ONNX Runtime has no int8 Conv with a float output; of the others it has.
                if (WeightOperator.CONV.is(node) || wanted.contains(end(node))) {
                    makeQuantized(node, List.of(end(node)));
                }
            } else if (how != null && feeds(node, quantized)) {
                var ends = ends(node, how);
                boolean free = how instanceof Carrying.Moves
                        || how instanceof Carrying.Pads
                        || how instanceof Carrying.Rescales
                        || gains(node, how);
                if (free || wanted.contains(ends.getFirst())) {
                    carried.put(node.output(0), how);
                    makeQuantized(node, ends);
                }
            }
        }
    }

    private void makeQuantized(Node node, List<String> ends) {
        quantized.addAll(ends);
        if (!ends.getFirst().equals(node.output(0))) {
            absorbed.add(ends.getFirst());
        }
    }

    private List<String> ends(Node node, Carrying how) {
        return switch (how) {
            case Carrying.Computes _, Carrying.AddsConstant _ -> List.of(end(node));
            case Carrying.Moves _, Carrying.Pads _, Carrying.Rescales _ -> node.outputs();
        };
    }

    /** Returns what a node computes when saturation stands for the Relu or Clip behind it. */
    private String end(Node node) {
        var clip = clip(node);
        return clip == null ? node.output(0) : clip.output(0);
    }

    private @Nullable Node clip(Node node) {
        var next = graph.onlyReader(node.output(0));
        if (next == null || !next.input(0).equals(node.output(0))) {
            return null;
        }
        boolean saturates = next.is("Relu") || (next.is("Clip") && bound(next, 1, -1) <= 0 && bound(next, 2, 1) >= 0);
        return saturates ? next : null;
    }

    /** Returns a bound of a Clip; NaN when it is computed. */
    private float bound(Node clip, int operand, float otherwise) {
        return clip.input(operand).isEmpty()
                ? otherwise
                : graph.scalar(clip.input(operand), clip.input(0)).orElse(Float.NaN);
    }

    private List<String> activations(Node node) {
        return node.inputs().stream().filter(graph::isActivation).toList();
    }

    StaticGraph graph() {
        return graph;
    }

    List<FloatLayer> inFloat() {
        return inFloat;
    }

    Map<String, Int8Layer> layers() {
        return layers;
    }

    Optional<Carrying> carrying(Node node) {
        return Optional.ofNullable(carried.get(node.output(0)));
    }

    /** Says whether a value is made in uint8. */
    boolean isQuantized(String value) {
        return quantized.contains(value);
    }

    /** Says whether a node is a Relu or Clip that goes. */
    boolean isAbsorbed(Node node) {
        return absorbed.contains(node.output(0));
    }

    /** Returns what a node's first output becomes: the output of the Relu or Clip behind it where that goes. */
    String quantizedOutput(Node node) {
        var end = end(node);
        return absorbed.contains(end) ? end : node.output(0);
    }

    /** Returns the values whose ranges this plan, or one that leaves more in float, may need. */
    List<String> observed() {
        var values = new LinkedHashSet<String>();
        for (var node : graph.nodes()) {
            var how = possible.get(node.output(0));
            if (layers.containsKey(node.output(0))) {
                values.add(node.input(0));
                values.add(end(node));
            } else if (how != null) {
                values.addAll(activations(node));
                values.addAll(ends(node, how));
            }
        }
        return List.copyOf(values);
    }
}
