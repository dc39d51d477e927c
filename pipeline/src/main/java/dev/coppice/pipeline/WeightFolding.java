package dev.coppice.pipeline;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.rules.FoldConstants;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import java.util.LinkedHashSet;

/**
 * Turns weights that exporters assemble from pieces (Concat, Gather, ScatterND, ... of constants) into stored ones, so that they can
 * be pruned; not where that would make the file larger.
 */
final class WeightFolding {

    private WeightFolding() {}

    static Model fold(Model model) {
        var resolver = WeightResolver.of(model.graph());
        var folded = model;
        var values = new LinkedHashSet<String>();
        for (var blocked : Parameters.of(model, Selection.ALL).blocked()) {
            if (resolver.resolve(blocked.name()) instanceof Resolution.Foldable(var value)) {
                values.add(value);
            }
        }
        if (!values.isEmpty()) {
            var graph = FoldConstants.fold(model.graph(), values);
            if (constantBytes(graph) <= constantBytes(model.graph())) {
                folded = model.withGraph(graph);
            }
        }
        return folded;
    }

    private static long constantBytes(Graph graph) {
        long bytes = graph.initializers().stream().mapToLong(Tensor::byteSize).sum();
        for (var node : graph.nodes()) {
            bytes += node.tensorAttribute("value").map(Tensor::byteSize).orElse(0L);
        }
        return bytes;
    }
}
