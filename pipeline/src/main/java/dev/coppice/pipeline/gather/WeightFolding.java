package dev.coppice.pipeline.gather;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.rules.FoldConstants;
import dev.coppice.ir.rules.InlineFunctions;
import dev.coppice.ir.rules.SequencesToTensors;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.ParameterList;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import java.util.LinkedHashSet;

/**
 * Turns weights that exporters assemble from pieces (Concat, Gather, ScatterND, ... of constants) or compute (weight normalisation)
 * into stored ones, so that they can be pruned; not where that would make the file larger.
 */
public final class WeightFolding {

    private WeightFolding() {}

    /** A model whose weights are stored, and its parameters. */
    public record Found(Model model, ParameterList parameters) {}

    /** Returns the model as its structure is looked at: without calls of local functions and sequences, all weights stored that can be. */
    public static Model fold(Model model) {
        return stored(SequencesToTensors.apply(InlineFunctions.apply(model)), Selection.ALL)
                .model();
    }

    /** Returns the model's parameters, after writing out local functions and folding those of its weights that have to be. */
    public static Found find(Model model, Selection selection) {
        var found = stored(model, selection);
        return found.parameters().blocked().isEmpty() || model.functions().isEmpty()
                ? found
                : stored(InlineFunctions.apply(model), selection);
    }

    private static Found stored(Model model, Selection selection) {
        var parameters = Parameters.of(model, selection);
        if (parameters.blocked().isEmpty()) {
            return new Found(model, parameters);
        }
        var resolver = WeightResolver.of(model.graph());
        var values = new LinkedHashSet<String>();
        for (var blocked : parameters.blocked()) {
            if (resolver.resolve(blocked.name()) instanceof Resolution.Foldable(var value)) {
                values.add(value);
            }
        }
        if (!values.isEmpty()) {
            var graph = FoldConstants.fold(model.graph(), values);
            if (constantBytes(graph) <= constantBytes(model.graph())) {
                var folded = model.withGraph(graph);
                return new Found(folded, Parameters.of(folded, selection));
            }
        }
        return new Found(model, parameters);
    }

    private static long constantBytes(Graph graph) {
        long bytes = graph.initializers().stream().mapToLong(Tensor::byteSize).sum();
        for (var node : graph.nodes()) {
            bytes += node.tensorAttribute("value").map(Tensor::byteSize).orElse(0L);
        }
        return bytes;
    }
}
