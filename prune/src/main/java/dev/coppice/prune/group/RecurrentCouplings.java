package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Recurrent layers: a hidden unit is a row of every gate, a column of the recurrence, and an element of state and output. */
final class RecurrentCouplings {

    static final Map<String, Coupling> TABLE =
            Map.of("LSTM", site -> couple(site, 4), "GRU", site -> couple(site, 3), "RNN", site -> couple(site, 1));

    private static final String STEPS = "is a step or direction of";

    private RecurrentCouplings() {}

    /**
     * X [T,B,I], W [D,gates*H,I], R [D,gates*H,H], B [D,2*gates*H], states [D,B,H], peepholes P [D,3*H]; with layout 1, X [B,T,I] and
     * states [B,D,H].
     */
    private static void couple(Site site, int gates) {
        boolean batchFirst = site.node().intAttribute("layout", 0) != 0;
        var x = site.input(0);
        var w = site.input(1);
        var r = site.input(2);
        if (x.size() != 3 || w.size() != 3 || r.size() != 3) {
            throw new Site.UnknownAxes("has a rank other than 3 in");
        }
        site.block(x.get(batchFirst ? 1 : 0), STEPS);
        site.block(w.getFirst(), STEPS);
        site.block(r.getFirst(), STEPS);
        site.contract(0, 2, 1, 2);
        var units = r.get(2);
        site.unitsRead(2, 2);
        same(site, w.get(1), gates, units);
        same(site, r.get(1), gates, units);
        if (site.has(3)) {
            site.block(site.input(3).getFirst(), STEPS);
            same(site, site.input(3).get(1), 2 * gates, units);
        }
        int states = gates == 4 ? 7 : 6;
        for (int i = 5; i < states; i++) {
            if (site.has(i)) {
                state(site, site.input(i), x.get(batchFirst ? 0 : 1), units, batchFirst);
            }
        }
        if (gates == 4 && site.has(7)) {
            site.block(site.input(7).getFirst(), STEPS);
            same(site, site.input(7).get(1), 3, units);
        }
        site.onCut(cut -> cut.attribute("hidden_size", cut.kept(units)));
        outputs(site, x, units, batchFirst);
    }

    private static void state(Site site, List<Axis> state, Axis batch, Axis units, boolean batchFirst) {
        if (state.size() != 3) {
            throw new Site.UnknownAxes("has a state of a rank other than 3 in");
        }
        site.block(state.get(batchFirst ? 1 : 0), STEPS);
        site.same(state.get(batchFirst ? 0 : 1), batch);
        site.same(state.get(2), units);
    }

    /** Couples an axis of {@code copies} times as many indices as units. */
    private static void same(Site site, Axis axis, int copies, Axis units) {
        var factors = new ArrayList<Factor>();
        factors.add(new Factor.Fixed(copies, site.reason("is a gate of")));
        factors.addAll(units.factors());
        site.same(axis, new Axis(Axis.product(factors, site.labels()), java.util.Set.of()));
    }

    private static void outputs(Site site, List<Axis> x, Axis units, boolean batchFirst) {
        var directions =
                site.fixed(site.node().stringAttribute("direction", "forward").equals("bidirectional") ? 2 : 1, STEPS);
        var batch = x.get(batchFirst ? 0 : 1);
        var steps = x.get(batchFirst ? 1 : 0);
        var state = batchFirst ? List.of(batch, directions, units) : List.of(directions, batch, units);
        site.output(
                0, batchFirst ? List.of(batch, steps, directions, units) : List.of(steps, directions, batch, units));
        site.output(1, state);
        site.output(2, state);
    }
}
