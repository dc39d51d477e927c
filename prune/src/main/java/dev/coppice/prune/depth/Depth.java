package dev.coppice.prune.depth;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.shape.ShapeInference;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Leaves residual branches out: {@code y = x + f(x)} becomes {@code y = x}. */
public final class Depth {

    private Depth() {}

    /**
     * Returns the model without some of its branches, and without what only they used. Names of inputs and outputs stay; no value that is
     * left changes its shape.
     *
     * @param branches of this very model
     * @throws IllegalArgumentException when a branch is of another model
     * @throws dev.coppice.ir.BadModelException when the result would contradict itself; the model is unharmed
     */
    public static Model drop(Model model, Collection<Branch> branches) {
        requireOwn(model, branches);
        if (branches.isEmpty()) {
            return model;
        }
        var wiring = new Wiring(model);
        var skips = new HashMap<String, String>();
        branches.forEach(branch -> skips.put(branch.sum(), branch.skip()));
        var edited = GraphEditor.edit(model.graph(), editor -> {
            for (var node : model.graph().nodes()) {
                var skip = skips.get(node.output(0));
                if (skip == null) {
                    rename(editor, node, skips);
                } else if (wiring.isOutput(node.output(0)) || wiring.isReadInBody(node.output(0))) {
                    editor.replace(node, identity(node, last(skip, skips)));
                } else {
                    editor.remove(node);
                }
            }
        });
        var shallower = model.withGraph(DropUnused.apply(edited));
        ShapeInference.infer(shallower);
        return shallower;
    }

    private static void requireOwn(Model model, Collection<Branch> branches) {
        var own = Collections.<Node>newSetFromMap(new IdentityHashMap<>());
        own.addAll(model.graph().nodes());
        for (var branch : branches) {
            if (!own.contains(branch.addNode())) {
                throw new IllegalArgumentException("branch " + branch + " is of another model");
            }
        }
    }

    private static void rename(GraphEditor editor, Node node, Map<String, String> skips) {
        if (node.inputs().stream().anyMatch(skips::containsKey)) {
            editor.replace(
                    node,
                    node.withInputs(node.inputs().stream()
                            .map(value -> last(value, skips))
                            .toList()));
        }
    }

    private static String last(String value, Map<String, String> skips) {
        var at = value;
        for (var next = skips.get(at); next != null; next = skips.get(at)) {
            at = next;
        }
        return at;
    }

    private static Node identity(Node sum, String value) {
        return new Node(
                sum.name(), "Identity", sum.domain(), List.of(value), List.of(sum.output(0)), List.of(), sum.carried());
    }

    /**
     * Returns the model with zeros in the last weights of some of its branches and in their biases, so that the branches add exactly
     * nothing: it computes what {@link #drop} does. A constant that other parts use too is left to them; the branch gets one of its own.
     *
     * @throws IllegalArgumentException when a branch is of another model
     * @throws UsageException when a branch has no weights whose zeros would make it zero, as where it ends in a Softmax or Sigmoid
     */
    public static Model mask(Model model, Collection<Branch> branches) {
        requireOwn(model, branches);
        if (branches.isEmpty()) {
            return model;
        }
        var wiring = new Wiring(model);
        var zeros = new ZeroWriter(model, wiring);
        for (var branch : branches) {
            var place = new ZeroPlaces(wiring, branch);
            zeros.add(place.find()
                    .orElseThrow(() -> new UsageException(
                            "branch '%s' cannot be masked: %s".formatted(branch.name(), place.obstacle()),
                            "drop it instead, without writing zeros")));
        }
        return model.withGraph(zeros.write());
    }

    /** Says whether {@link #mask} can write zeros for a branch. */
    public static boolean maskable(Model model, Branch branch) {
        requireOwn(model, Set.of(branch));
        return new ZeroPlaces(new Wiring(model), branch).find().isPresent();
    }
}
