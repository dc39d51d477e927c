package dev.coppice.train.torch;

import dev.coppice.ir.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The table from ONNX operators to their lowerings. */
public final class Lowerings {

    private static final Map<String, Lowering> TABLE = table();

    private Lowerings() {}

    private static Map<String, Lowering> table() {
        var table = new HashMap<String, Lowering>();
        ActivationLowerings.register(table);
        AttentionLowerings.register(table);
        ConvolutionLowerings.register(table);
        ElementwiseLowerings.register(table);
        FusedLowerings.register(table);
        LossLowerings.register(table);
        MatrixLowerings.register(table);
        NormLowerings.register(table);
        PoolLowerings.register(table);
        RecurrentLowerings.register(table);
        ReduceLowerings.register(table);
        ResizeLowerings.register(table);
        ScatterLowerings.register(table);
        SelectionLowerings.register(table);
        ShapeLowerings.register(table);
        return Map.copyOf(table);
    }

    /** Returns the lowering of a node's operator; in the table those of other domains have the domain before their name. */
    static @Nullable Lowering of(Node node) {
        return TABLE.get(node.isStandard() ? node.opType() : node.domain() + "." + node.opType());
    }

    /** Returns the names of the operators that can be trained through. */
    public static SortedSet<String> operators() {
        return new TreeSet<>(TABLE.keySet());
    }
}
