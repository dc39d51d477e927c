package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Matrix products. */
final class LinearRules {

    static final Map<String, Rule> RULES = Map.ofEntries(
            Map.entry("MatMul", in -> matMul(in, in.type(0), 1)),
            Map.entry("MatMulInteger", in -> matMul(in, DType.INT32, 1)),
            Map.entry("QLinearMatMul", in -> matMul(in, in.type(7), 3)),
            Map.entry("com.microsoft::FusedMatMul", LinearRules::fusedMatMul),
            Map.entry("com.microsoft::MatMulIntegerToFloat", in -> matMul(in, in.type(2), 1)),
            Map.entry("com.microsoft::DynamicQuantizeMatMul", in -> matMul(in, in.type(0), 1)),
            Map.entry("com.microsoft::MatMulNBits", LinearRules::packedMatMul),
            Map.entry("Gemm", LinearRules::gemm),
            Map.entry("com.microsoft::FusedGemm", LinearRules::gemm),
            Map.entry("Einsum", Einsum::infer),
            Map.entry("Det", in -> List.of(in.map(0, s -> det(in, s)))));

    private LinearRules() {}

    private static List<Typed> matMul(NodeContext in, @Nullable DType type, int second) {
        return List.of(product(in, type, in.shape(0), in.shape(second)));
    }

    /** Multiplies {@code [..., m, k]} by {@code [..., k, n]}; vectors lose the axis that they were given. */
    private static Typed product(NodeContext in, @Nullable DType type, @Nullable Shape a, @Nullable Shape b) {
        if (a == null || b == null) {
            return Typed.of(type, (Shape) null);
        }
        int rankA = in.rank(a, 1, Integer.MAX_VALUE).rank();
        int rankB = in.rank(b, 1, Integer.MAX_VALUE).rank();
        var inner = b.dim(rankB == 1 ? 0 : rankB - 2);
        if (a.dim(-1) instanceof Dim.Known
                && inner instanceof Dim.Known
                && !a.dim(-1).equals(inner)) {
            throw in.bad("matrices of shapes %s and %s".formatted(a, b));
        }
        var dims = new ArrayList<>(Broadcast.of(
                in, a.dims().subList(0, Math.max(0, rankA - 2)), b.dims().subList(0, Math.max(0, rankB - 2))));
        if (rankA > 1) {
            dims.add(a.dim(-2));
        }
        if (rankB > 1) {
            dims.add(b.dim(-1));
        }
        return Typed.of(type, dims);
    }

    private static List<Typed> fusedMatMul(NodeContext in) {
        if (in.flag("transBatchA", false) || in.flag("transBatchB", false)) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        var a = in.flag("transA", false) ? swapped(in.shape(0)) : in.shape(0);
        var b = in.flag("transB", false) ? swapped(in.shape(1)) : in.shape(1);
        return List.of(product(in, in.type(0), a, b));
    }

    private static @Nullable Shape swapped(@Nullable Shape shape) {
        if (shape == null || shape.rank() < 2) {
            return shape;
        }
        var dims = new ArrayList<>(shape.dims());
        dims.add(dims.size() - 2, dims.removeLast());
        return new Shape(dims);
    }

    /** The weight is packed; attributes say what it is. */
    private static List<Typed> packedMatMul(NodeContext in) {
        return List.of(in.map(0, a -> {
            var dims = new ArrayList<>(in.rank(a, 1, Integer.MAX_VALUE).dims());
            dims.set(dims.size() - 1, Dim.of(in.integer("N", 0)));
            return new Shape(dims);
        }));
    }

    private static List<Typed> gemm(NodeContext in) {
        for (int i = 0; i < 2; i++) {
            var shape = in.shape(i);
            if (shape != null) {
                in.rank(shape, 2, 2);
            }
        }
        var rows = in.dim(0, in.flag("transA", false) ? 1 : 0);
        var columns = in.dim(1, in.flag("transB", false) ? 0 : 1);
        var innerA = in.dim(0, in.flag("transA", false) ? 0 : 1);
        var innerB = in.dim(1, in.flag("transB", false) ? 1 : 0);
        if (innerA instanceof Dim.Known && innerB instanceof Dim.Known && !innerA.equals(innerB)) {
            throw in.bad("matrices of shapes %s and %s".formatted(in.shape(0), in.shape(1)));
        }
        return List.of(Typed.of(in.type(0), rows, columns));
    }

    private static Shape det(NodeContext in, Shape shape) {
        return new Shape(in.rank(shape, 2, Integer.MAX_VALUE).dims().subList(0, shape.rank() - 2));
    }
}
