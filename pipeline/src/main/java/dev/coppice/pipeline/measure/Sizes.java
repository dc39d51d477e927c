package dev.coppice.pipeline.measure;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sizes of all values of a graph at given input shapes; they hold for versions of it with other weights, too. */
public record Sizes(Graph graph, Map<String, List<Long>> inputShapes, Shapes shapes) {

    /** Infers the sizes; throws {@link dev.coppice.ir.BadModelException} when they contradict each other. */
    static Sizes infer(Model model, Map<String, List<Long>> inputShapes) {
        Map<String, Shape> overrides = new HashMap<>();
        inputShapes.forEach((name, dims) -> overrides.put(name, Shape.of(dims)));
        return new Sizes(model.graph(), inputShapes, ShapeInference.infer(model, overrides));
    }

    /** Returns the sizes of a version of the model: these, when it differs in weights only. */
    Sizes of(Model version) {
        return fit(version.graph()) ? this : infer(version, inputShapes);
    }

    @SuppressWarnings("ReferenceEquality") // versions share the nodes that they did not change
    private boolean fit(Graph version) {
        return version == graph
                || (version.nodes() == graph.nodes()
                        && version.inputs().equals(graph.inputs())
                        && sameKind(version.initializers(), graph.initializers()));
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean sameKind(List<Tensor> some, List<Tensor> others) {
        for (int i = 0; i < some.size() && i < others.size(); i++) {
            var one = some.get(i);
            var other = others.get(i);
            // A vector of floats may hold the scales of a Resize.
            boolean onlyWeightsDiffer = one.type().prunable()
                    && one.dims().size() > 1
                    && one.type() == other.type()
                    && one.name().equals(other.name())
                    && one.dims().equals(other.dims());
            if (one != other && !onlyWeightsDiffer) {
                return false;
            }
        }
        return some.size() == others.size();
    }
}
