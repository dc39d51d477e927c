package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Rounding to integers and back: elementwise, with scales and zero points for all, for each index of an axis, or for blocks of one. */
final class QuantizeCouplings {

    static final Map<String, Coupling> TABLE =
            Map.of("QuantizeLinear", QuantizeCouplings::couple, "DequantizeLinear", QuantizeCouplings::couple);

    private QuantizeCouplings() {}

    private static void couple(Site site) {
        var x = site.input(0);
        var scales = site.input(1);
        boolean single = scales.stream().allMatch(Axis::isOne);
        if (single) {
            site.parameter(2);
            site.pass(0, 0);
        } else if (scales.size() == 1) {
            int at = Site.axis(site.node().intAttribute("axis", 1), x.size());
            along(site, x, List.of(at), scales);
        } else if (scales.size() == x.size()) {
            blocks(site, x, scales);
        } else {
            throw new Site.UnknownAxes("has scales of a rank that is not followed in");
        }
    }

    /** Scales have the axes of x; along one of them each serves a block of neighbours. */
    private static void blocks(Site site, List<Axis> x, List<Axis> scales) {
        int at = Site.axis(site.node().intAttribute("axis", 1), x.size());
        site.block(x.get(at), "has a scale for each block of neighbours in");
        site.block(scales.get(at), "has a scale for each block of neighbours in");
        var others = new ArrayList<Integer>();
        for (int i = 0; i < x.size(); i++) {
            if (i != at) {
                others.add(i);
            }
        }
        along(site, x, others, scales);
    }

    /** Couples axes of x with those of the scales that have their names, and cuts the zero points, which are integers, as the scales. */
    private static void along(Site site, List<Axis> x, List<Integer> axes, List<Axis> scales) {
        var out = new ArrayList<>(x);
        var own = new ArrayList<>(scales);
        for (int axis : axes) {
            int place = scales.size() == 1 ? 0 : axis;
            out.set(axis, site.same(x.get(axis), scales.get(place)));
            own.set(place, out.get(axis));
        }
        if (site.has(2)) {
            boolean known = site.constant(2)
                    .filter(zeros -> zeros.type().bits() >= Byte.SIZE)
                    .isPresent();
            site.parameter(2);
            if (known) {
                site.onCut(cut -> cut.select(2, own));
            } else {
                out.forEach(axis -> site.block(axis, "has zero points that are computed or packed in"));
            }
        }
        site.output(0, out);
    }
}
