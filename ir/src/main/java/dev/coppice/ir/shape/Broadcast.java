package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** NumPy's broadcasting of shapes. */
final class Broadcast {

    private Broadcast() {}

    /** Returns the shape that two operands broadcast to; null when a rank is unknown. */
    static @Nullable Shape of(NodeContext in, @Nullable Shape a, @Nullable Shape b) {
        return a == null || b == null ? null : new Shape(of(in, a.dims(), b.dims()));
    }

    /** Returns the dimensions that two operands broadcast to. */
    static List<Dim> of(NodeContext in, List<Dim> a, List<Dim> b) {
        int rank = Math.max(a.size(), b.size());
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < rank; i++) {
            int inA = i - rank + a.size();
            int inB = i - rank + b.size();
            var dim = inA < 0 ? b.get(inB) : inB < 0 ? a.get(inA) : Dims.broadcast(a.get(inA), b.get(inB));
            if (dim == null) {
                throw in.bad("%s and %s do not broadcast".formatted(a, b));
            }
            dims.add(dim);
        }
        return dims;
    }

    /** Returns the shape that the inputs broadcast to, from the first to the last. */
    static @Nullable Shape inputs(NodeContext in) {
        var shape = in.shape(0);
        for (int i = 1; i < in.inputs().size(); i++) {
            shape = of(in, shape, in.shape(i));
        }
        return shape;
    }
}
