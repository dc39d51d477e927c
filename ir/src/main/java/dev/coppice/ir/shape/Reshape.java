package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reshape: 0 copies the input's dimension (unless {@code allowzero}), one -1 takes what is left. */
final class Reshape {

    private Reshape() {}

    /** Returns the output's shape; null when not even its rank is known. */
    static @Nullable Shape target(NodeContext in) {
        var target = in.integers(1, "shape");
        if (target == null) {
            return null;
        }
        var input = in.shape(0);
        boolean copies = !in.flag("allowzero", false);
        var dims = new ArrayList<Dim>();
        var copied = new ArrayList<Integer>();
        int open = -1;
        int unknown = 0;
        for (int i = 0; i < target.size(); i++) {
            var term = target.get(i);
            if (term.is(-1)) {
                if (open >= 0) {
                    throw in.bad("two dimensions of the target shape are -1");
                }
                open = i;
                dims.add(Dim.unknown());
            } else if (term.is(0) && copies) {
                copied.add(i);
                dims.add(in.dim(0, i));
            } else if (term instanceof Term.Whole(long value) && value < 0) {
                throw in.bad("the target shape has the dimension " + value);
            } else {
                unknown += term instanceof Term.Unknown ? 1 : 0;
                dims.add(term.toDim());
            }
        }
        // One dimension that is not known, -1 or not, is what the others leave of the input.
        boolean solvable = open >= 0 ? unknown == 0 : unknown == 1;
        if (input != null && solvable) {
            int missing = open >= 0 ? open : target.indexOf(Term.unknown());
            dims.set(missing, remainder(in, input, dims, copied, missing));
        } else if (input != null) {
            requireEqualSize(in, input, dims);
        }
        return new Shape(dims);
    }

    private static Dim remainder(NodeContext in, Shape input, List<Dim> dims, List<Integer> copied, int missing) {
        var above = new ArrayList<Dim>();
        var below = new ArrayList<Dim>();
        for (int i = 0; i < input.rank(); i++) {
            if (!copied.contains(i)) {
                above.add(input.dim(i));
            }
        }
        for (int i = 0; i < dims.size(); i++) {
            if (i != missing && !copied.contains(i)) {
                below.add(dims.get(i));
            }
        }
        var rest = Dims.quotient(above, below);
        if (rest == null) {
            throw in.bad("an input of shape %s does not fit the target shape %s".formatted(input, new Shape(dims)));
        }
        return rest;
    }

    private static void requireEqualSize(NodeContext in, Shape input, List<Dim> dims) {
        var output = new Shape(dims);
        if (input.isStatic() && output.isStatic() && !input.elements().equals(output.elements())) {
            throw in.bad("an input of shape %s does not fit the target shape %s".formatted(input, output));
        }
    }
}
