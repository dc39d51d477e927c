package dev.coppice.prune.group;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** Mixtures of experts as one operator of ONNX Runtime: what is inside of the experts may go, the same units of each. */
final class MixtureCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "com.microsoft::MoE", MixtureCouplings::experts,
            "com.microsoft::QMoE", MixtureCouplings::quantized);

    /** Activations that work on each unit alone; others join two. */
    private static final Set<String> SINGLE = Set.of("relu", "gelu", "silu", "identity");

    private MixtureCouplings() {}

    /**
     * x [.., H], scores [tokens, E], first weights [E,I,H] and bias [E,I], second [E,H,I] and [E,H], gates of a third product [E,I,H] and
     * [E,I].
     */
    private static void experts(Site site) {
        var x = site.input(0);
        var first = site.input(2);
        var second = site.input(4);
        scores(site, first.getFirst());
        if (first.size() != 3 || second.size() != 3) {
            throw new Site.UnknownAxes("has experts whose weights are of a rank other than 3 in");
        }
        boolean single = SINGLE.contains(site.node().stringAttribute("activation_type", "relu"));
        boolean laidOut = fits(x.getLast(), first.get(2))
                && fits(x.getLast(), second.get(1))
                && fits(first.get(1), second.get(2));
        if (!laidOut || !single) {
            blocked(site, x, "belongs to experts that join two units each, or are laid out otherwise, in");
            return;
        }
        site.contract(0, x.size() - 1, 2, 2);
        site.unitsRead(4, 2);
        var units = site.same(first.get(1), second.get(2));
        for (int i : new int[] {2, 3, 4, 5, 6, 7}) {
            if (site.has(i)) {
                site.block(site.input(i).getFirst(), "is an expert of");
            }
        }
        if (site.has(3)) {
            site.same(units, site.input(3).getLast());
        }
        if (site.has(6)) {
            site.same(x.getLast(), site.input(6).get(2));
            site.unitsRead(6, 2);
            site.same(units, site.input(6).get(1));
        }
        if (site.has(7)) {
            site.same(units, site.input(7).getLast());
        }
        // The operator knows one width: what it reads of a token is what it puts out.
        site.same(x.getLast(), second.get(1));
        if (site.has(5)) {
            site.same(x.getLast(), site.input(5).getLast());
        }
        site.output(0, x);
    }

    private static boolean fits(Axis a, Axis b) {
        return a.isStatic() && b.isStatic() && a.length() == b.length();
    }

    private static void quantized(Site site) {
        blocked(site, site.input(0), "belongs to experts in few bits in");
    }

    /** The tokens pass; what they are made of and the experts stay as they are. */
    private static void blocked(Site site, List<Axis> x, String why) {
        for (int i = 1; i < site.node().inputs().size(); i++) {
            if (site.has(i)) {
                site.input(i).forEach(axis -> site.block(axis, why));
            }
        }
        site.block(x.getLast(), why);
        site.output(0, x);
    }

    /** Experts are chosen by their scores, so that all of them stay. */
    private static void scores(Site site, Axis experts) {
        var scores = site.input(1);
        site.block(scores.getLast(), "is the score of an expert in");
        site.block(experts, "is an expert of");
        List.copyOf(scores.subList(0, scores.size() - 1)).forEach(axis -> site.block(axis, "is a token of"));
    }
}
