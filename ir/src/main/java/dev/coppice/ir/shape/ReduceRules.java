package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Trait;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reductions over axes. */
final class ReduceRules {

    static final Map<String, Rule> RULES = rules();

    private ReduceRules() {}

    private static Map<String, Rule> rules() {
        var rules = new HashMap<String, Rule>();
        Trait.REDUCTION.operators().forEach(op -> rules.put(op, ReduceRules::reduce));
        rules.put("ArgMax", ReduceRules::position);
        rules.put("ArgMin", ReduceRules::position);
        return Map.copyOf(rules);
    }

    private static List<Typed> reduce(NodeContext in) {
        var axes = in.numbers(1, "axes");
        boolean given = in.given(1, "axes");
        boolean keep = in.flag("keepdims", true);
        return List.of(Typed.of(in.type(0), reduced(in, given, axes, keep)));
    }

    private static @Nullable Shape reduced(NodeContext in, boolean given, @Nullable List<Long> axes, boolean keep) {
        var shape = in.shape(0);
        if (shape == null) {
            return null;
        }
        if (given && axes == null) {
            return keep ? new Shape(Collections.nCopies(shape.rank(), Dim.unknown())) : null;
        }
        var reduced = new boolean[shape.rank()];
        if (axes != null && !axes.isEmpty()) {
            reduced = in.axes(axes, shape.rank());
        } else if (!in.flag("noop_with_empty_axes", false)) {
            Arrays.fill(reduced, true);
        }
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < reduced.length; i++) {
            if (!reduced[i]) {
                dims.add(shape.dim(i));
            } else if (keep) {
                dims.add(Dim.of(1));
            }
        }
        return new Shape(dims);
    }

    private static List<Typed> position(NodeContext in) {
        var axis = List.of(in.integer("axis", 0));
        return List.of(Typed.of(DType.INT64, reduced(in, true, axis, in.flag("keepdims", true))));
    }
}
