package dev.coppice.ir.rules;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.shape.ShapeInference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Moves a model to a newer version of the standard operators, up to 13, so that operators which came later can be put into it. What
 * changed between versions is rewritten to compute the same; all other operators only gained types or attributes with defaults.
 */
public final class RaiseOpset {

    /** The versions that the table of changes covers. */
    private static final int OLDEST = 7;

    private static final int NEWEST = 13;

    /** From this version on a model's initializers need not be graph inputs. */
    private static final long IR_VERSION = 4;

    private final Model model;
    private final int from;
    private final int to;

    /**
     * The model, or why it stays at its version.
     *
     * @param obstacle empty where there is a model
     */
    public record Result(Optional<Model> model, String obstacle) {}

    private RaiseOpset(Model model, int to) {
        this.model = model;
        this.from = model.opset();
        this.to = to;
    }

    /**
     * Returns the model with the standard operators of at least a version.
     *
     * @param version at most 13
     */
    public static Result to(Model model, int version) {
        if (version > NEWEST) {
            throw new IllegalArgumentException("no table of changes for opset " + version);
        }
        return model.opset() >= version ? new Result(Optional.of(model), "") : new RaiseOpset(model, version).convert();
    }

    private Result convert() {
        if (from < OLDEST) {
            return refused("");
        }
        if (!model.functions().isEmpty()) {
            return refused("and its local functions are written for that");
        }
        var rewriting = new OpsetChanges(
                FreshNames.ofValues(model.graph()), ShapeInference.infer(model), new UseCounts(model.graph()));
        var replacements = new ArrayList<Map.Entry<Node, Node>>();
        for (var node : model.graph().nodes()) {
            for (var body : node.bodies()) {
                var inside = firstAffected(body);
                if (inside.isPresent()) {
                    return refused("and " + inside.get().opType() + " '"
                            + inside.get().label() + "' in a body of " + node.opType() + " has changed since");
                }
            }
            var newer = node.isStandard() ? rewriting.rewrite(node, from, to) : Optional.of(node);
            if (newer.isEmpty()) {
                return refused("and " + node.opType() + " '" + node.label() + "' has changed since in a way that is not"
                        + " converted");
            }
            if (!newer.get().equals(node)) {
                replacements.add(Map.entry(node, newer.get()));
            }
        }
        var graph = GraphEditor.edit(withoutListedConstants(), editor -> {
            replacements.forEach(replacement -> editor.replace(replacement.getKey(), replacement.getValue()));
            rewriting.constants().forEach(editor::put);
        });
        return new Result(Optional.of(raised(graph)), "");
    }

    private Optional<Node> firstAffected(Graph body) {
        for (var node : body.nodes()) {
            if (node.isStandard() && OpsetChanges.affects(node, from, to)) {
                return Optional.of(node);
            }
            for (var inner : node.bodies()) {
                var found = firstAffected(inner);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** In IR version 3 all constants are graph inputs; later that would make them overridable. */
    private Graph withoutListedConstants() {
        var graph = model.graph();
        if (model.irVersion() >= IR_VERSION) {
            return graph;
        }
        var constants =
                graph.initializers().stream().map(tensor -> tensor.name()).toList();
        return graph.withInputs(graph.inputs().stream()
                .filter(input -> !constants.contains(input.name()))
                .toList());
    }

    private Model raised(Graph graph) {
        var opsets = model.opsets().stream()
                .map(opset -> opset.domain().isEmpty() || opset.domain().equals("ai.onnx")
                        ? new Model.Opset(opset.domain(), to)
                        : opset)
                .toList();
        return new Model(
                Math.max(IR_VERSION, model.irVersion()), opsets, graph, List.of(), model.carried(), model.origins());
    }

    private Result refused(String why) {
        return new Result(
                Optional.empty(),
                "the model is written for opset " + from + (why.isEmpty() ? "" : ", " + why)
                        + ": export it again with opset " + to + " or newer");
    }
}
