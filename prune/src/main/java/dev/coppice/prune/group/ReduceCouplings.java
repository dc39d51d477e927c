package dev.coppice.prune.group;

import dev.coppice.ir.Trait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that make one number of all along some axes. Without one of them the result is another: such axes count as normalised. */
final class ReduceCouplings {

    static final Map<String, Coupling> TABLE = table();

    private ReduceCouplings() {}

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        Trait.REDUCTION.operators().forEach(op -> table.put(op, ReduceCouplings::reduce));
        table.put("ArgMax", ReduceCouplings::arg);
        table.put("ArgMin", ReduceCouplings::arg);
        table.put("CumSum", ReduceCouplings::cumulate);
        return table;
    }

    private static void reduce(Site site) {
        var x = site.input(0);
        var given = site.integers("axes", 1);
        if (given == null && site.has(1)) {
            throw new Site.UnknownAxes("is reduced along axes that are computed while the model runs by");
        }
        boolean none = (given == null || given.length == 0) && site.node().intAttribute("noop_with_empty_axes", 0) != 0;
        if (none) {
            site.pass(0, 0);
            return;
        }
        var reduced = new boolean[x.size()];
        for (int i = 0; i < x.size(); i++) {
            reduced[i] = given == null || given.length == 0;
        }
        if (given != null) {
            for (long axis : given) {
                reduced[Site.axis(axis, x.size())] = true;
            }
        }
        site.output(0, without(site, x, reduced, site.node().intAttribute("keepdims", 1) != 0));
    }

    private static List<Axis> without(Site site, List<Axis> x, boolean[] reduced, boolean keep) {
        var out = new ArrayList<Axis>();
        for (int i = 0; i < x.size(); i++) {
            if (!reduced[i]) {
                out.add(x.get(i));
                continue;
            }
            site.normalise(x.get(i));
            if (keep) {
                out.add(site.fixed(1, "is all that is left by"));
            }
        }
        return out;
    }

    private static void arg(Site site) {
        var x = site.input(0);
        var reduced = new boolean[x.size()];
        int axis = Site.axis(site.node().intAttribute("axis", 0), x.size());
        reduced[axis] = true;
        site.block(x.get(axis), "is counted by");
        site.output(0, without(site, x, reduced, site.node().intAttribute("keepdims", 1) != 0));
    }

    private static void cumulate(Site site) {
        var axis = site.integers(1);
        if (axis == null || axis.length != 1) {
            throw new Site.UnknownAxes("is added up along an axis that is computed while the model runs by");
        }
        var x = site.input(0);
        site.normalise(x.get(Site.axis(axis[0], x.size())));
        site.pass(0, 0);
    }
}
