package dev.coppice.ir.shape;

import dev.coppice.ir.Node;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All rules, by operator; those outside the standard domain carry theirs in the name ({@code com.microsoft::Gelu}). */
final class RuleTable {

    private static final Map<String, Rule> RULES = rules();

    private RuleTable() {}

    /** Returns the rule of a node's operator; null when there is none. */
    static @Nullable Rule of(Node node) {
        return RULES.get(node.operator());
    }

    private static Map<String, Rule> rules() {
        var rules = new HashMap<String, Rule>();
        rules.putAll(ElementwiseRules.RULES);
        rules.putAll(ConvRules.RULES);
        rules.putAll(PoolRules.RULES);
        rules.putAll(LinearRules.RULES);
        rules.putAll(ReshapeRules.RULES);
        rules.putAll(SliceRules.RULES);
        rules.putAll(IndexRules.RULES);
        rules.putAll(ReduceRules.RULES);
        rules.putAll(NormRules.RULES);
        rules.putAll(RecurrentRules.RULES);
        rules.putAll(AttentionRules.RULES);
        rules.putAll(GeneratorRules.RULES);
        rules.putAll(ResizeRules.RULES);
        rules.putAll(QuantRules.RULES);
        rules.putAll(LossRules.RULES);
        rules.putAll(SpectralRules.RULES);
        rules.putAll(MixtureRules.RULES);
        return Map.copyOf(rules);
    }
}
