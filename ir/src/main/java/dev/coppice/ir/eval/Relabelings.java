package dev.coppice.ir.eval;

import dev.coppice.ir.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Operators that keep every element where it is and change the dimensions only; nothing is copied. */
final class Relabelings {

    static final Map<String, Operation> OPERATIONS = Map.of(
            "Identity", in -> List.of(in.tensor(0)),
            "Reshape", Relabelings::reshape,
            "Flatten", Relabelings::flatten,
            "Squeeze", Relabelings::squeeze,
            "Unsqueeze", Relabelings::unsqueeze);

    private Relabelings() {}

    private static List<Tensor> with(Tensor data, List<Long> dims) {
        return List.of(Tensor.of("", data.type(), dims, data.data()));
    }

    private static List<Tensor> reshape(Operands in) {
        var data = in.tensor(0);
        var target = in.integers(1, "shape");
        if (target == null) {
            throw in.bad("no shape is given");
        }
        boolean copyZeros = in.node().intAttribute("allowzero", 0) == 0;
        var dims = new ArrayList<Long>();
        int inferred = -1;
        long known = 1;
        for (int i = 0; i < target.length; i++) {
            long size = target[i];
            if (size == 0 && copyZeros) {
                size = data.dims().get(in.axis(i, data.dims().size()));
            }
            if (size < -1 || (size == -1 && inferred >= 0)) {
                throw in.bad("the target shape " + Arrays.toString(target));
            }
            if (size == -1) {
                inferred = i;
            } else {
                known = Math.multiplyExact(known, size);
            }
            dims.add(size);
        }
        if (inferred >= 0) {
            dims.set(inferred, known == 0 ? 0 : data.size() / known);
        }
        if (dims.stream().reduce(1L, Math::multiplyExact) != data.size()) {
            throw in.bad("%s elements do not fill %s".formatted(data.size(), dims));
        }
        return with(data, dims);
    }

    private static List<Tensor> flatten(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        long given = in.node().intAttribute("axis", 1);
        int axis = given == rank ? rank : in.axis(given, Math.max(1, rank));
        long outer = data.dims().subList(0, axis).stream().reduce(1L, Math::multiplyExact);
        long inner = data.dims().subList(axis, rank).stream().reduce(1L, Math::multiplyExact);
        return with(data, List.of(outer, inner));
    }

    private static List<Tensor> squeeze(Operands in) {
        var data = in.tensor(0);
        int rank = data.dims().size();
        var axes = in.integers(1, "axes");
        var drop = new boolean[rank];
        if (axes == null) {
            for (int i = 0; i < rank; i++) {
                drop[i] = data.dims().get(i) == 1;
            }
        } else {
            for (long axis : axes) {
                drop[in.axis(axis, rank)] = true;
            }
        }
        var dims = new ArrayList<Long>();
        for (int i = 0; i < rank; i++) {
            if (!drop[i]) {
                dims.add(data.dims().get(i));
            } else if (data.dims().get(i) != 1) {
                throw in.bad("axis " + i + " of " + data.dims() + " is not of size 1");
            }
        }
        return with(data, dims);
    }

    private static List<Tensor> unsqueeze(Operands in) {
        var data = in.tensor(0);
        var axes = in.integers(1, "axes");
        if (axes == null) {
            throw in.bad("no axes are given");
        }
        int rank = data.dims().size() + axes.length;
        var added = new boolean[rank];
        for (long axis : axes) {
            added[in.axis(axis, rank)] = true;
        }
        var rest = data.dims().iterator();
        var dims = new ArrayList<Long>();
        for (boolean one : added) {
            if (!one && !rest.hasNext()) {
                throw in.bad("an axis is given twice");
            }
            dims.add(one ? 1L : rest.next());
        }
        return with(data, dims);
    }
}
