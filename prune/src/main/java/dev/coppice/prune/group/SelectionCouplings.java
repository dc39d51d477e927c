package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Operators that take some indices of an axis, or put axes one after the other. */
final class SelectionCouplings {

    static final Map<String, Coupling> TABLE = table();

    private SelectionCouplings() {}

    private static Map<String, Coupling> table() {
        var table = new HashMap<String, Coupling>();
        table.put("Concat", SelectionCouplings::concat);
        table.put("Split", SelectionCouplings::split);
        table.put("Slice", SliceCoupling::couple);
        table.put("Gather", SelectionCouplings::gather);
        table.put("Pad", SelectionCouplings::pad);
        return table;
    }

    /** Returns the labels of an axis, all that must stay with one of their own; null when its size is not known. */
    static int @Nullable [] labels(Site site, Axis axis) {
        if (!axis.isStatic()) {
            return null;
        }
        return switch (axis.factors().getFirst()) {
            case Factor.Live(int[] live) -> live;
            case Factor.Fixed(int size, var reason) -> {
                var all = site.labels().array(size);
                Arrays.fill(all, site.labels().fixed(reason));
                yield all;
            }
            case Factor.Open _ -> null;
        };
    }

    private static void concat(Site site) {
        var inputs = new ArrayList<List<Axis>>();
        for (int i = 0; i < site.node().inputs().size(); i++) {
            inputs.add(site.input(i));
        }
        int rank = inputs.getFirst().size();
        int at = Site.axis(site.node().intAttribute("axis", 1), rank);
        var joined = inputs.stream().map(axes -> axes.get(at)).toList();
        var out = new ArrayList<Axis>();
        for (int i = 0; i < rank; i++) {
            if (i == at) {
                out.add(join(site, joined, at));
                continue;
            }
            var axis = inputs.getFirst().get(i);
            for (var other : inputs.subList(1, inputs.size())) {
                axis = site.same(axis, other.get(i));
            }
            out.add(axis);
        }
        site.output(0, out);
    }

    private static Axis join(Site site, List<Axis> axes, int at) {
        if (!axes.stream().allMatch(Axis::isStatic)) {
            axes.forEach(axis -> site.block(axis, "is followed by indices of unknown number in"));
            return site.outputShape(0)
                    .map(shape -> site.opaque(shape.dim(at), "comes from"))
                    .orElseThrow(Site.UnknownAxes::new);
        }
        long size = axes.stream().mapToLong(Axis::length).sum();
        if (axes.stream().noneMatch(Axis::isLive)) {
            return site.fixed(size, "comes from");
        }
        var all = site.labels().array(size);
        int next = 0;
        var origins = new java.util.HashSet<Origin>();
        for (var axis : axes) {
            var own = java.util.Objects.requireNonNull(labels(site, axis));
            System.arraycopy(own, 0, all, next, own.length);
            next += own.length;
            origins.addAll(axis.origins());
        }
        return Axis.live(all).withOrigins(origins);
    }

    private static void split(Site site) {
        var x = site.input(0);
        int at = Site.axis(site.node().intAttribute("axis", 0), x.size());
        int pieces = site.node().outputs().size();
        var sizes = new int[pieces];
        for (int i = 0; i < pieces; i++) {
            var shape = site.outputShape(i).orElseThrow(Site.UnknownAxes::new);
            sizes[i] = shape.dim(at) instanceof dev.coppice.ir.Dim.Known(long size) ? Math.toIntExact(size) : -1;
        }
        boolean known = x.get(at).isStatic()
                && Arrays.stream(sizes).allMatch(size -> size >= 0)
                && Arrays.stream(sizes).asLongStream().sum() == x.get(at).length();
        if (!known) {
            site.block(x.get(at), "is split at unknown places by");
        }
        var parts = new ArrayList<Axis>();
        int from = 0;
        for (int i = 0; i < pieces; i++) {
            var out = new ArrayList<>(x);
            if (!known) {
                out.set(at, site.opaque(site.outputShape(i).orElseThrow().dim(at), "comes from"));
            } else {
                out.set(at, part(site, x.get(at), from, from + sizes[i]));
                from += sizes[i];
            }
            parts.add(out.get(at));
            site.output(i, out);
        }
        if (!known) {
            site.onCut(cut -> cut.requireUnmoved(1));
            return;
        }
        site.onCut(cut -> {
            if (parts.stream().anyMatch(cut::changed) || cut.moved(1)) {
                var kept = parts.stream().map(part -> (long) cut.kept(part)).toList();
                if (site.opset() < 13) {
                    cut.attribute("split", kept);
                } else {
                    cut.without("num_outputs");
                    cut.input(1, kept.stream().mapToLong(Long::longValue).toArray());
                }
            }
        });
    }

    /** Returns the indices {@code from} to below {@code to} of an axis of known size. */
    static Axis part(Site site, Axis axis, int from, int to) {
        if (axis.factors().getFirst() instanceof Factor.Live(int[] live)) {
            return from == 0 && to == live.length
                    ? axis
                    : Axis.live(Arrays.copyOfRange(live, from, to)).withOrigins(axis.origins());
        }
        return site.fixed(to - from, "comes from");
    }

    /** data [..,N,..] by indices [I] -> [..,I,..]. */
    private static void gather(Site site) {
        var data = site.input(0);
        var indices = site.input(1);
        int at = Site.axis(site.node().intAttribute("axis", 0), data.size());
        var taken = site.integers(1);
        var axis = data.get(at);
        List<Axis> picked = indices;
        if (axis.isLive()) {
            if (taken != null && indices.size() <= 1 && axis.isStatic()) {
                picked = pick(site, axis, taken, indices.isEmpty());
            } else {
                site.block(
                        axis,
                        site.isConstant(1) ? IndexCouplings.LISTED : "is read at places that the data decides by");
            }
        }
        var out = new ArrayList<>(data.subList(0, at));
        out.addAll(picked);
        out.addAll(data.subList(at + 1, data.size()));
        site.output(0, out);
    }

    private static List<Axis> pick(Site site, Axis axis, long[] taken, boolean scalar) {
        int size = axis.length();
        var live = ((Factor.Live) axis.factors().getFirst()).labels();
        var places = new int[taken.length];
        var picked = new int[taken.length];
        for (int i = 0; i < taken.length; i++) {
            places[i] = Site.axis(taken[i], size);
            picked[i] = live[places[i]];
        }
        if (scalar || picked.length == 1) {
            for (int label : picked) {
                site.labels().block(label, site.reason("is picked out by"));
            }
        }
        site.onCut(cut -> {
            if (cut.changed(axis)) {
                var numbers = cut.positions(axis);
                cut.numbers(
                        1,
                        Arrays.stream(places)
                                .mapToLong(place -> numbers[place])
                                .filter(place -> place >= 0)
                                .toArray(),
                        scalar);
            }
        });
        if (scalar) {
            return List.of();
        }
        return List.of(
                picked.length == 1
                        ? site.fixed(1, "is picked out by")
                        : Axis.live(picked).withOrigins(axis.origins()));
    }

    private static void pad(Site site) {
        var x = site.input(0);
        var pads = site.integers("pads", 1);
        if (pads == null) {
            throw new Site.UnknownAxes("is padded by widths that are computed while the model runs in");
        }
        var named = site.has(3) ? Optional.ofNullable(site.integers(3)) : Optional.of(all(x.size()));
        if (named.isEmpty() || pads.length != 2 * named.get().length) {
            throw new Site.UnknownAxes("is padded along axes that are computed while the model runs in");
        }
        boolean constant = site.node().stringAttribute("mode", "constant").equals("constant");
        var out = new ArrayList<>(x);
        int count = named.get().length;
        for (int i = 0; i < count; i++) {
            int at = Site.axis(named.get()[i], x.size());
            long begin = pads[i];
            long end = pads[i + count];
            if (begin == 0 && end == 0) {
                continue;
            }
            if (constant
                    && begin >= 0
                    && end >= 0
                    && x.get(at).isLive()
                    && x.get(at).isStatic()) {
                out.set(at, padded(site, x.get(at), i, count, Math.toIntExact(begin), Math.toIntExact(end)));
            } else {
                site.block(x.get(at), "is padded by");
                var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
                out.set(at, site.opaque(shape.dim(at), "comes from"));
            }
        }
        site.output(0, out);
    }

    private static Axis padded(Site site, Axis axis, int place, int count, int begin, int end) {
        var inner = ((Factor.Live) axis.factors().getFirst()).labels();
        var before = site.labels().fresh(begin);
        var after = site.labels().fresh(end);
        var all = site.labels().array((long) begin + inner.length + end);
        System.arraycopy(before, 0, all, 0, begin);
        System.arraycopy(inner, 0, all, begin, inner.length);
        System.arraycopy(after, 0, all, begin + inner.length, end);
        var first = Axis.live(before);
        var last = Axis.live(after);
        site.onCut(cut -> {
            if (cut.changed(first) || cut.changed(last) || cut.moved(1)) {
                cut.element("pads", 1, place, cut.kept(first));
                cut.element("pads", 1, place + count, cut.kept(last));
            }
        });
        return Axis.live(all);
    }

    private static long[] all(int rank) {
        var axes = new long[rank];
        Arrays.setAll(axes, i -> i);
        return axes;
    }
}
