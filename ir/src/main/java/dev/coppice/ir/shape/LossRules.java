package dev.coppice.ir.shape;

import java.util.List;
import java.util.Map;

/** Losses of scores {@code [batch, classes, ...]} against labels {@code [batch, ...]}. */
final class LossRules {

    static final Map<String, Rule> RULES = Map.of(
            "NegativeLogLikelihoodLoss", in -> List.of(loss(in)),
            "SoftmaxCrossEntropyLoss", in -> List.of(loss(in), in.like(0)));

    private LossRules() {}

    private static Typed loss(NodeContext in) {
        boolean single = in.node().stringAttribute("reduction", "mean").equals("none");
        return Typed.of(in.type(0), single ? in.shape(1) : Typed.SCALAR);
    }
}
