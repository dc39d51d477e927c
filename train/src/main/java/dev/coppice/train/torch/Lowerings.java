package dev.coppice.train.torch;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The table from ONNX operators of the standard domain to their lowerings. */
public final class Lowerings {

    private static final Map<String, Lowering> TABLE = table();

    private Lowerings() {}

    private static Map<String, Lowering> table() {
        var table = new HashMap<String, Lowering>();
        ActivationLowerings.register(table);
        ConvolutionLowerings.register(table);
        ElementwiseLowerings.register(table);
        MatrixLowerings.register(table);
        NormLowerings.register(table);
        PoolLowerings.register(table);
        ReduceLowerings.register(table);
        ResizeLowerings.register(table);
        SelectionLowerings.register(table);
        ShapeLowerings.register(table);
        return Map.copyOf(table);
    }

    static @Nullable Lowering of(String operator) {
        return TABLE.get(operator);
    }

    /** Returns the names of the operators that can be trained through. */
    public static SortedSet<String> operators() {
        return new TreeSet<>(TABLE.keySet());
    }
}
