package dev.coppice.pipeline.structure;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.shape.ShapeInference;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a file declares of its inner values, against what follows from its nodes and weights. */
final class Declarations {

    private Declarations() {}

    /** Returns the values whose declared shape is not theirs, with a line on each; exporters write some, too. */
    static Map<String, String> untrue(Model model) {
        var graph = model.graph();
        var bare = graph.withValueInfos(List.of());
        var inferred = ShapeInference.infer(model.withGraph(bare));
        var untrue = new TreeMap<String, String>();
        for (var info : graph.valueInfos()) {
            var declared = info.shape();
            var other = inferred.shape(info.name());
            if (declared != null && other.isPresent() && contradict(declared, other.get())) {
                untrue.put(info.name(), "declared " + declared + ", inferred " + other.get());
            }
        }
        return untrue;
    }

    private static boolean contradict(Shape declared, Shape inferred) {
        if (declared.rank() != inferred.rank()) {
            return true;
        }
        for (int i = 0; i < declared.rank(); i++) {
            if (declared.dim(i) instanceof Dim.Known
                    && inferred.dim(i) instanceof Dim.Known
                    && !declared.dim(i).equals(inferred.dim(i))) {
                return true;
            }
        }
        return false;
    }
}
