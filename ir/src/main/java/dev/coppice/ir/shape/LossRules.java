package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Losses of scores {@code [batch, classes, ...]} against labels {@code [batch, ...]}, and spectra. */
final class LossRules {

    static final Map<String, Rule> RULES = Map.of(
            "NegativeLogLikelihoodLoss", in -> List.of(loss(in)),
            "SoftmaxCrossEntropyLoss", in -> List.of(loss(in), in.like(0)),
            "DFT", in -> List.of(in.map(0, s -> spectrum(in, s))));

    private LossRules() {}

    private static Typed loss(NodeContext in) {
        boolean single = in.node().stringAttribute("reduction", "mean").equals("none");
        return Typed.of(in.type(0), single ? in.shape(1) : Typed.SCALAR);
    }

    /** The last axis becomes real and imaginary part; the transformed one is halved when {@code onesided}, or as long as asked. */
    private static Shape spectrum(NodeContext in, Shape shape) {
        in.rank(shape, 2, Integer.MAX_VALUE);
        var axis = in.node().attribute("axis").isPresent() || in.opset() < 20
                ? Long.valueOf(in.integer("axis", 1))
                : in.scalar(2, -2);
        var dims = new ArrayList<>(shape.dims());
        dims.set(dims.size() - 1, Dim.of(2));
        for (int i = 0; i < dims.size() - 1; i++) {
            if (axis == null || in.axis(axis, dims.size()) == i) {
                var size = in.has(1) ? in.term(1).toDim() : dims.get(i);
                boolean half = in.flag("onesided", false);
                dims.set(i, axis == null ? Dim.unknown() : half ? Dims.map(size, n -> n / 2 + 1) : size);
            }
        }
        return new Shape(dims);
    }
}
