package dev.coppice.prune.group;

import dev.coppice.ir.eval.Normalizations;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Operators that scale values by statistics over some axes. */
final class NormCouplings {

    static final Map<String, Coupling> TABLE = table();

    private NormCouplings() {}

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        table.put("BatchNormalization", NormCouplings::batch);
        table.put("InstanceNormalization", NormCouplings::instance);
        table.put("GroupNormalization", NormCouplings::group);
        for (var op : List.of("LayerNormalization", "RMSNormalization", "SimplifiedLayerNormalization")) {
            table.put(op, NormCouplings::layer);
        }
        table.put("com.microsoft::SkipLayerNormalization", NormCouplings::skipLayer);
        table.put("com.microsoft::SkipSimplifiedLayerNormalization", NormCouplings::skipLayer);
        for (var op : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            table.put(op, site -> softmax(site, op.equals("Hardmax")));
        }
        table.put("LpNormalization", site -> over(site, site.node().intAttribute("axis", -1), 0));
        table.put("MeanVarianceNormalization", NormCouplings::meanVariance);
        table.put("LRN", site -> over(site, 1, 0));
        return table;
    }

    /** In training mode, as weight standardisation is exported, channels are normalised over the other axes, and statistics come out. */
    private static void batch(Site site) {
        if (Normalizations.isTraining(site.node())) {
            var x = site.input(0);
            site.normalise(x.getFirst());
            x.subList(2, x.size()).forEach(site::normalise);
        }
        perChannel(site, 4);
        for (int i = 1; i < site.node().outputs().size(); i++) {
            site.output(i, List.of(site.input(3).getFirst()));
        }
    }

    /** Every one of {@code vectors} parameters has an element for each channel. */
    private static void perChannel(Site site, int vectors) {
        var x = site.input(0);
        var channels = x.get(1);
        for (int i = 1; i <= vectors; i++) {
            if (site.has(i)) {
                channels = site.same(channels, site.input(i).getFirst());
            }
        }
        var out = new ArrayList<>(x);
        out.set(1, channels);
        site.output(0, out);
    }

    private static void instance(Site site) {
        var x = site.input(0);
        x.subList(2, x.size()).forEach(site::normalise);
        perChannel(site, 2);
    }

    /** Whole groups may go; the channels within a group are normalised over. */
    private static void group(Site site) {
        var x = site.input(0);
        int groups = (int) site.node().intAttribute("num_groups", 1);
        if (!x.get(1).isStatic() || groups < 1 || x.get(1).length() % groups != 0) {
            throw new Site.UnknownAxes("has an unknown number of channels, or one that groups do not divide, in");
        }
        x.subList(2, x.size()).forEach(site::normalise);
        var channels = x.get(1);
        int each = channels.length() / groups;
        if (groups == 1) {
            site.normalise(channels);
        } else if (each > 1) {
            var parts = Axis.split(channels.factors().getFirst(), each, site.labels());
            site.normalise(Axis.of(parts.getLast()));
            var counted = Axis.of(parts.getFirst());
            site.onCut(cut -> cut.attribute("num_groups", cut.kept(counted)));
            if (site.opset() < 21) {
                site.same(counted, site.input(1).getFirst());
                site.same(counted, site.input(2).getFirst());
            }
        } else {
            site.onCut(cut -> cut.attribute("num_groups", cut.kept(channels)));
        }
        if (site.opset() >= 21 || each == 1) {
            perChannel(site, 2);
        } else {
            site.pass(0, 0);
        }
    }

    /** The axes from {@code axis} on are normalised over; scale and bias have these axes. */
    private static void layer(Site site) {
        var x = site.input(0);
        int axis = Site.axis(site.node().intAttribute("axis", -1), x.size());
        x.subList(axis, x.size()).forEach(site::normalise);
        var operands = new ArrayList<List<Axis>>();
        operands.add(x);
        for (int i = 1; i < 3; i++) {
            if (site.has(i)) {
                operands.add(site.input(i));
            }
        }
        site.output(0, ElementwiseCouplings.broadcast(site, operands));
        statistics(site, x, axis);
    }

    /** Puts out mean and inverse deviation, of one element along the axes that are normalised over. */
    private static void statistics(Site site, List<Axis> x, int axis) {
        var out = new ArrayList<>(x.subList(0, axis));
        for (int i = axis; i < x.size(); i++) {
            out.add(site.fixed(1, "is all that is left by"));
        }
        site.output(1, out);
        site.output(2, out);
    }

    /** LayerNormalization of the sum of two inputs; the last output is the sum. */
    private static void skipLayer(Site site) {
        var sum = ElementwiseCouplings.broadcast(site, List.of(site.input(0), site.input(1)));
        for (int i = 2; i < site.node().inputs().size(); i++) {
            if (site.has(i)) {
                sum = ElementwiseCouplings.broadcast(site, List.of(sum, site.input(i)));
            }
        }
        site.normalise(sum.getLast());
        site.output(0, sum);
        statistics(site, sum, sum.size() - 1);
        site.output(3, sum);
    }

    private static void softmax(Site site, boolean opaque) {
        var x = site.input(0);
        boolean rows = site.opset() < 13;
        int axis = Site.axis(site.node().intAttribute("axis", rows ? 1 : -1), x.size());
        for (int i = axis; i < (rows ? x.size() : axis + 1); i++) {
            if (opaque) {
                site.block(x.get(i), "is compared with the others in");
            }
            site.normalise(x.get(i));
        }
        site.pass(0, 0);
    }

    private static void over(Site site, long axis, int output) {
        var x = site.input(0);
        site.normalise(x.get(Site.axis(axis, x.size())));
        site.pass(0, output);
    }

    private static void meanVariance(Site site) {
        var x = site.input(0);
        for (long axis : site.node().intsAttribute("axes").orElse(List.of(0L, 2L, 3L))) {
            site.normalise(x.get(Site.axis(axis, x.size())));
        }
        site.pass(0, 0);
    }
}
