package dev.coppice.prune.group;

import dev.coppice.ir.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** All couplings by operator; those outside the standard domain carry theirs in the name ({@code com.microsoft::Gelu}). */
final class Couplings {

    private static final Map<String, Coupling> TABLE = table();

    private Couplings() {}

    /** Returns the coupling of a node's operator; null when there is none, and the node is opaque. */
    static @Nullable Coupling of(Node node) {
        return TABLE.get(node.operator());
    }

    /** Returns the names of the operators that have a coupling. */
    static Set<String> operators() {
        return TABLE.keySet();
    }

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        table.putAll(ElementwiseCouplings.TABLE);
        table.putAll(QuantizeCouplings.TABLE);
        table.putAll(LinearCouplings.TABLE);
        table.putAll(ConvolutionCouplings.TABLE);
        table.putAll(MovementCouplings.TABLE);
        table.putAll(SelectionCouplings.TABLE);
        table.putAll(NormCouplings.TABLE);
        table.putAll(ReduceCouplings.TABLE);
        table.putAll(GeneratorCouplings.TABLE);
        table.putAll(RecurrentCouplings.TABLE);
        table.putAll(AttentionCouplings.TABLE);
        table.putAll(FusedAttentionCouplings.TABLE);
        table.putAll(IndexCouplings.TABLE);
        table.putAll(SpectralCouplings.TABLE);
        table.putAll(MixtureCouplings.TABLE);
        return Map.copyOf(table);
    }
}
