package dev.coppice.ir.shape;

import java.util.List;
import java.util.Map;

/** Mixtures of experts as one operator of ONNX Runtime: tokens keep their size. */
final class MixtureRules {

    static final Map<String, Rule> RULES = Map.of(
            "com.microsoft::MoE", in -> List.of(in.like(0)),
            "com.microsoft::QMoE", in -> List.of(in.like(0)));

    private MixtureRules() {}
}
