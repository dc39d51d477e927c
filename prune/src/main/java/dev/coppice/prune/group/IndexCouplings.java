package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators that read or write places which the data decides: the axes that are not indexed pass. */
final class IndexCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "GatherElements", IndexCouplings::gatherElements,
            "GatherND", IndexCouplings::gatherNd,
            "ScatterElements", IndexCouplings::scatterElements,
            "ScatterND", IndexCouplings::scatterNd,
            "TopK", IndexCouplings::topK,
            "Trilu", IndexCouplings::triangle);

    private static final String READ = "is read at places that the data decides by";
    private static final String WRITTEN = "is written at places that the data decides by";

    private IndexCouplings() {}

    /** Couples an axis of indices with one that it runs along from the start; when it is shorter, all of the other must stay. */
    private static Axis along(Site site, Axis data, Axis indices, String blocked) {
        if (data.isStatic() && indices.isStatic() && data.length() == indices.length()) {
            return site.same(data, indices);
        }
        site.block(data, blocked);
        return indices;
    }

    private static void gatherElements(Site site) {
        var data = site.input(0);
        var indices = site.input(1);
        int at = Site.axis(site.node().intAttribute("axis", 0), data.size());
        site.block(data.get(at), READ);
        var out = new ArrayList<Axis>();
        for (int i = 0; i < data.size(); i++) {
            out.add(i == at ? indices.get(i) : along(site, data.get(i), indices.get(i), READ));
        }
        site.output(0, out);
    }

    /** The data, indices and updates all run along the axes that are not indexed. */
    private static void scatterElements(Site site) {
        var data = site.input(0);
        var indices = site.input(1);
        var updates = site.input(2);
        int at = Site.axis(site.node().intAttribute("axis", 0), data.size());
        for (int i = 0; i < data.size(); i++) {
            var source = site.same(indices.get(i), updates.get(i));
            if (i == at) {
                site.block(data.get(i), WRITTEN);
                site.block(source, WRITTEN);
            } else {
                along(site, data.get(i), source, WRITTEN);
            }
        }
        site.pass(0, 0);
    }

    /** data [batch.., indexed.., rest..], indices [batch.., .., K] -> [batch.., .., rest..]. */
    private static void gatherNd(Site site) {
        var data = site.input(0);
        var indices = site.input(1);
        int batch = (int) site.node().intAttribute("batch_dims", 0);
        int indexed = indexed(indices);
        if (batch + indexed > data.size() || batch >= indices.size()) {
            throw new Site.UnknownAxes();
        }
        var out = new ArrayList<Axis>();
        for (int i = 0; i < indices.size() - 1; i++) {
            out.add(i < batch ? site.same(data.get(i), indices.get(i)) : indices.get(i));
        }
        data.subList(batch, batch + indexed).forEach(axis -> site.block(axis, READ));
        site.block(indices.getLast(), "holds places for");
        out.addAll(data.subList(batch + indexed, data.size()));
        site.output(0, out);
    }

    /** data [indexed.., rest..], indices [.., K], updates [.., rest..]. */
    private static void scatterNd(Site site) {
        var data = site.input(0);
        var indices = site.input(1);
        var updates = site.input(2);
        int indexed = indexed(indices);
        int rest = data.size() - indexed;
        if (rest < 0 || updates.size() != indices.size() - 1 + rest) {
            throw new Site.UnknownAxes();
        }
        data.subList(0, indexed).forEach(axis -> site.block(axis, WRITTEN));
        site.block(indices.getLast(), "holds places for");
        for (int i = 0; i < indices.size() - 1; i++) {
            site.block(site.same(updates.get(i), indices.get(i)), WRITTEN);
        }
        var out = new ArrayList<>(data.subList(0, indexed));
        for (int i = 0; i < rest; i++) {
            out.add(site.same(data.get(indexed + i), updates.get(indices.size() - 1 + i)));
        }
        site.output(0, out);
    }

    private static int indexed(List<Axis> indices) {
        if (indices.isEmpty() || !indices.getLast().isStatic()) {
            throw new Site.UnknownAxes();
        }
        return indices.getLast().length();
    }

    private static void topK(Site site) {
        var x = site.input(0);
        site.ignore(1);
        int at = Site.axis(site.node().intAttribute("axis", -1), x.size());
        site.block(x.get(at), "is compared with the others in");
        var out = new ArrayList<>(x);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        out.set(at, site.opaque(shape.dim(at), "comes from"));
        site.output(0, out);
        site.output(1, out);
        site.onCut(cut -> cut.requireUnmoved(1));
    }

    private static void triangle(Site site) {
        var x = site.input(0);
        if (x.size() < 2) {
            throw new Site.UnknownAxes();
        }
        x.subList(x.size() - 2, x.size()).forEach(axis -> site.block(axis, "is at a place that counts in"));
        site.ignore(1);
        site.pass(0, 0);
    }
}
