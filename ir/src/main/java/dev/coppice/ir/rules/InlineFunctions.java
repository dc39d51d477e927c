package dev.coppice.ir.rules;

import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.onnx.Overloads;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes the bodies of model-local functions in the places of their calls, in the bodies of If, Loop and Scan too. Functions that
 * nothing calls any more go. A call stays as it is where its function calls itself, is written for operators that the model's
 * operator set has changed, or where writing all of them out would make the graph too large to work on.
 */
public final class InlineFunctions {

    private static final int DEEPEST = 32;

    /** A model of a few kB can call functions that call functions so that no memory would hold the nodes. */
    private static final int MOST_NODES = 1 << 18;

    private final Model model;
    private final FunctionOpsets opsets;
    private final FunctionBodies bodies;
    private final Map<Function.Id, Function> functions = new HashMap<>();
    private final Set<Function> inlined = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Function> kept = Collections.newSetFromMap(new IdentityHashMap<>());
    private int nodes;

    private InlineFunctions(Model model) {
        this.model = model;
        this.opsets = new FunctionOpsets(model);
        this.bodies = new FunctionBodies(model.graph());
        for (var function : model.functions()) {
            var id = function.id();
            functions.putIfAbsent(key(id.domain(), id.name(), id.overload()), function);
        }
    }

    private static Function.Id key(String domain, String name, String overload) {
        return new Function.Id(domain.equals("ai.onnx") ? "" : domain, name, overload);
    }

    /** Returns a model that computes the same without calls; the model itself when it has none. */
    public static Model apply(Model model) {
        if (model.functions().isEmpty()) {
            return model;
        }
        var inlining = new InlineFunctions(model);
        try {
            return inlining.inlinedModel();
        } catch (TooLargeException e) {
            return model;
        }
    }

    /** Says that the calls written out would be more nodes than can be worked on. */
    private static final class TooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @SuppressWarnings("ReferenceEquality") // unchanged is the same object
    private Model inlinedModel() {
        var graph = GraphEditor.edit(model.graph(), editor -> {
            for (var node : model.graph().nodes()) {
                var others = expand(node, 0);
                if (others.size() != 1 || others.getFirst() != node) {
                    editor.replace(node, others.toArray(Node[]::new));
                }
            }
            bodies.constants().forEach(editor::put);
        });
        return model.withOpsets(opsets.all()).withGraph(graph).withFunctions(called(graph));
    }

    /** Returns the functions that are still called. */
    private List<Function> called(Graph graph) {
        Set<Function> called = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(graph.nodes(), called);
        return model.functions().stream().filter(called::contains).toList();
    }

    private void collect(List<Node> from, Set<Function> into) {
        for (var node : from) {
            var function = function(node);
            if (function != null && into.add(function)) {
                collect(function.nodes(), into);
            }
            node.bodies().forEach(body -> collect(body.nodes(), into));
        }
    }

    private @Nullable Function function(Node node) {
        return functions.get(key(node.domain(), node.opType(), Overloads.of(node)));
    }

    /** Says whether calls of a function can be written out. */
    private boolean fits(Function function) {
        if (inlined.contains(function) || kept.contains(function)) {
            return inlined.contains(function);
        }
        Set<Function> reached = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(function.nodes(), reached);
        boolean fits = !reached.contains(function) && opsets.fit(function);
        (fits ? inlined : kept).add(function);
        return fits;
    }

    private List<Node> expand(Node node, int depth) {
        if (++nodes > MOST_NODES) {
            throw new TooLargeException();
        }
        var function = function(node);
        if (function != null
                && depth < DEEPEST
                && node.inputs().size() <= function.inputs().size()
                && node.outputs().size() <= function.outputs().size()
                && fits(function)) {
            var all = new ArrayList<Node>();
            for (var inner : bodies.of(function, node)) {
                all.addAll(expand(inner, depth + 1));
            }
            return all;
        }
        return List.of(node.withBodies(body -> expanded(body, depth)));
    }

    @SuppressWarnings("ReferenceEquality") // unchanged is the same object
    private Graph expanded(Graph body, int depth) {
        var changed = new ArrayList<Node>();
        boolean same = true;
        for (var node : body.nodes()) {
            var others = expand(node, depth);
            same &= others.size() == 1 && others.getFirst() == node;
            changed.addAll(others);
        }
        return same ? body : body.withNodes(changed);
    }
}
