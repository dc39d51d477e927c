package dev.coppice.prune.group;

import dev.coppice.ir.shape.Term;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Operators that hand the same elements on under other axes. */
final class MovementCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "Transpose", MovementCouplings::transpose,
            "Squeeze", MovementCouplings::squeeze,
            "Unsqueeze", MovementCouplings::unsqueeze,
            "Flatten", MovementCouplings::flatten,
            "Reshape", MovementCouplings::reshape,
            "ReverseSequence", MovementCouplings::reverse,
            "CenterCropPad", MovementCouplings::centre);

    private MovementCouplings() {}

    private static void transpose(Site site) {
        var x = site.input(0);
        var perm = site.node().intsAttribute("perm");
        var axes = new ArrayList<Axis>();
        for (int i = 0; i < x.size(); i++) {
            axes.add(x.get(perm.isPresent() ? Site.axis(perm.get().get(i), x.size()) : x.size() - 1 - i));
        }
        site.output(0, axes);
    }

    private static void squeeze(Site site) {
        var x = site.input(0);
        var given = site.integers("axes", 1);
        if (given == null && site.has(1)) {
            throw new Site.UnknownAxes("loses axes that are computed while the model runs in");
        }
        var out = new ArrayList<Axis>();
        var dropped = new ArrayList<Long>();
        for (int i = 0; i < x.size(); i++) {
            boolean drops = given == null && x.get(i).isOne();
            for (int k = 0; given != null && k < given.length; k++) {
                drops |= Site.axis(given[k], x.size()) == i;
            }
            if (drops) {
                site.block(x.get(i), "is dropped by");
                dropped.add((long) i);
            } else {
                out.add(x.get(i));
            }
        }
        site.output(0, out);
        if (given == null) {
            whereOne(site, x, dropped);
        }
    }

    /** All axes of size one are dropped: which ones these were is written down, so that none joins them that a cut makes so short. */
    private static void whereOne(Site site, List<Axis> x, List<Long> dropped) {
        if (!x.stream().allMatch(Axis::isStatic)) {
            x.forEach(axis -> site.block(axis, "is beside an axis that may be of size one, and dropped, in"));
            return;
        }
        site.onCut(cut -> {
            if (x.stream().noneMatch(cut::changed)) {
                return;
            }
            if (site.opset() < 13) {
                cut.attribute("axes", dropped);
            } else {
                cut.input(1, dropped.stream().mapToLong(Long::longValue).toArray());
            }
        });
    }

    /** Turns parts of the steps of each text or signal round. */
    private static void reverse(Site site) {
        var x = site.input(0);
        int steps = Site.axis(site.node().intAttribute("time_axis", 0), x.size());
        int batch = Site.axis(site.node().intAttribute("batch_axis", 1), x.size());
        site.block(x.get(steps), "is a step that is turned round by");
        site.same(x.get(batch), site.input(1).getFirst());
        site.output(0, x);
    }

    /** Cuts or pads some axes round their middle. */
    private static void centre(Site site) {
        var x = site.input(0);
        var before = site.inputShape(0).orElseThrow(Site.UnknownAxes::new);
        var after = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var named = site.node().intsAttribute("axes");
        var all = java.util.stream.LongStream.range(0, x.size()).boxed().toList();
        var places = named.orElse(all);
        var out = new ArrayList<>(x);
        for (int i = 0; i < places.size(); i++) {
            int place = i;
            int at = Site.axis(places.get(i), x.size());
            var axis = x.get(at);
            if (axis.isLive() && axis.isStatic() && before.dim(at).equals(after.dim(at))) {
                site.onCut(cut -> cut.size(1, place, axis));
            } else {
                site.block(axis, "is cut or padded round its middle by");
                out.set(at, site.opaque(after.dim(at), "comes from"));
            }
        }
        site.output(0, out);
    }

    private static void unsqueeze(Site site) {
        var x = site.input(0);
        var given = site.integers("axes", 1);
        if (given == null) {
            throw new Site.UnknownAxes("gets axes at places that are computed while the model runs in");
        }
        int rank = x.size() + given.length;
        var added = new boolean[rank];
        for (long axis : given) {
            added[Site.axis(axis, rank)] = true;
        }
        var out = new ArrayList<Axis>();
        int next = 0;
        for (int i = 0; i < rank; i++) {
            out.add(added[i] ? site.fixed(1, "is added by") : x.get(next++));
        }
        site.output(0, out);
    }

    /** Two axes: all before {@code axis}, and the rest. */
    private static void flatten(Site site) {
        var x = site.input(0);
        long given = site.node().intAttribute("axis", 1);
        int axis = given == x.size() ? x.size() : Site.axis(given, x.size());
        site.output(0, List.of(merged(site, x.subList(0, axis)), merged(site, x.subList(axis, x.size()))));
    }

    private static Axis merged(Site site, List<Axis> axes) {
        var factors = new ArrayList<Factor>();
        var origins = new java.util.HashSet<Origin>();
        for (var axis : axes) {
            if (!axis.isOne()) {
                factors.addAll(axis.factors());
                origins.addAll(axis.origins());
            }
        }
        return factors.isEmpty()
                ? site.fixed(1, "is empty in")
                : new Axis(Axis.product(factors, site.labels()), origins);
    }

    private static void reshape(Site site) {
        var x = site.input(0);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var target = site.integers(1);
        var copies = target == null || site.node().intAttribute("allowzero", 0) != 0 ? new long[0] : target;
        var ids = new ArrayList<Object>(Collections.nCopies(shape.rank(), ""));
        for (int i = 0; i < shape.rank(); i++) {
            if (Term.of(shape.dim(i)) instanceof Term.Size(var size)) {
                ids.set(i, size);
            } else if (i < copies.length && copies[i] == 0 && i < x.size()) {
                var same = x.get(i).factors();
                ids.set(i, same.size() == 1 && same.getFirst() instanceof Factor.Open(var id) ? id : "");
            }
        }
        var out = new ReshapeAxes(site, x, shape.dims(), ids).align();
        site.output(0, out);
        site.onCut(cut -> ReshapeTarget.rewrite(cut, x, out, target));
    }
}
