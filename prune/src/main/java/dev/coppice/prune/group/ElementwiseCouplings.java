package dev.coppice.prune.group;

import dev.coppice.ir.Trait;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that compute each element of the output from the elements at the same place, sizes of one being repeated. */
final class ElementwiseCouplings {

    static final Map<String, Coupling> TABLE = table();

    private ElementwiseCouplings() {}

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        Trait.UNARY.operators().forEach(op -> table.put(op, ElementwiseCouplings::unary));
        table.put("CastLike", ElementwiseCouplings::castLike);
        Trait.BROADCAST.operators().forEach(op -> table.put(op, ElementwiseCouplings::broadcast));
        return table;
    }

    private static void unary(Site site) {
        for (int i = 0; i < site.node().outputs().size(); i++) {
            site.pass(0, i);
        }
    }

    /** Of the second input only the type counts. */
    private static void castLike(Site site) {
        site.pass(0, 0);
        site.ignore(1);
    }

    private static void broadcast(Site site) {
        var all = new ArrayList<List<Axis>>();
        for (int i = 0; i < site.node().inputs().size(); i++) {
            if (site.has(i)) {
                all.add(site.input(i));
            }
        }
        site.output(0, broadcast(site, all));
    }

    /** Aligns axes at the end and couples those that meet. */
    static List<Axis> broadcast(Site site, List<List<Axis>> all) {
        var result = all.getFirst();
        for (var other : all.subList(1, all.size())) {
            var longer = result.size() >= other.size() ? result : other;
            var shorter = result.size() >= other.size() ? other : result;
            int shift = longer.size() - shorter.size();
            var met = new ArrayList<>(longer);
            for (int i = 0; i < shorter.size(); i++) {
                met.set(i + shift, site.meet(longer.get(i + shift), shorter.get(i)));
            }
            result = met;
        }
        return result;
    }
}
