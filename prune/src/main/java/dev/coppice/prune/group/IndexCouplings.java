package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Operators that read or write places which indices or the data decide: the axes that are not indexed pass. */
final class IndexCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "Compress", IndexCouplings::compress,
            "GatherElements", IndexCouplings::gatherElements,
            "GatherND", IndexCouplings::gatherNd,
            "OneHot", IndexCouplings::oneHot,
            "Scatter", IndexCouplings::scatterElements,
            "ScatterElements", IndexCouplings::scatterElements,
            "ScatterND", IndexCouplings::scatterNd,
            "TopK", IndexCouplings::topK,
            "Trilu", IndexCouplings::triangle);

    static final String LISTED = "is indexed by constants that are no list for each axis in";

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
        int at = Site.axis(site.node().intAttribute("axis", 0), data.size());
        if (ConstantIndices.elements(site, data, at, false)) {
            return;
        }
        var indices = site.input(1);
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
        int at = Site.axis(site.node().intAttribute("axis", 0), data.size());
        if (ConstantIndices.elements(site, data, at, true)) {
            return;
        }
        var indices = site.input(1);
        var updates = site.input(2);
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
        int batch = (int) site.node().intAttribute("batch_dims", 0);
        if (batch == 0 && ConstantIndices.gather(site, data)) {
            return;
        }
        var indices = site.input(1);
        int indexed = indexed(indices);
        if (batch + indexed > data.size() || batch >= indices.size()) {
            throw new Site.UnknownAxes("has fewer axes than its indices name in");
        }
        var out = new ArrayList<Axis>();
        for (int i = 0; i < indices.size() - 1; i++) {
            out.add(i < batch ? site.same(data.get(i), indices.get(i)) : indices.get(i));
        }
        data.subList(batch, batch + indexed).forEach(axis -> site.block(axis, site.isConstant(1) ? LISTED : READ));
        site.block(indices.getLast(), "holds places for");
        out.addAll(data.subList(batch + indexed, data.size()));
        site.output(0, out);
    }

    /** data [indexed.., rest..], indices [.., K], updates [.., rest..]. */
    private static void scatterNd(Site site) {
        var data = site.input(0);
        if (ConstantIndices.scatter(site, data)) {
            return;
        }
        var indices = site.input(1);
        var updates = site.input(2);
        int indexed = indexed(indices);
        int rest = data.size() - indexed;
        if (rest < 0 || updates.size() != indices.size() - 1 + rest) {
            throw new Site.UnknownAxes("has updates of another rank than its indices ask for in");
        }
        var why = site.isConstant(1) ? LISTED : WRITTEN;
        data.subList(0, indexed).forEach(axis -> site.block(axis, why));
        site.block(indices.getLast(), "holds places for");
        for (int i = 0; i < indices.size() - 1; i++) {
            site.block(site.same(updates.get(i), indices.get(i)), why);
        }
        var out = new ArrayList<>(data.subList(0, indexed));
        for (int i = 0; i < rest; i++) {
            out.add(site.same(data.get(indexed + i), updates.get(indices.size() - 1 + i)));
        }
        site.output(0, out);
    }

    private static int indexed(List<Axis> indices) {
        if (indices.isEmpty() || !indices.getLast().isStatic()) {
            throw new Site.UnknownAxes("is indexed along an unknown number of axes by");
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
            throw new Site.UnknownAxes("has a rank below 2 in");
        }
        x.subList(x.size() - 2, x.size()).forEach(axis -> site.block(axis, "is at a place that counts in"));
        site.ignore(1);
        site.pass(0, 0);
    }

    /** Which indices of an axis stay is decided by data; of all axes where none is named. */
    private static void compress(Site site) {
        var x = site.input(0);
        site.parameter(1);
        if (site.node().attribute("axis").isEmpty()) {
            x.forEach(axis -> site.block(axis, READ));
            return;
        }
        int at = Site.axis(site.node().intAttribute("axis", 0), x.size());
        site.block(x.get(at), READ);
        var out = new ArrayList<>(x);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        out.set(at, site.opaque(shape.dim(at), "comes from"));
        site.output(0, out);
    }

    /** The indices keep their axes and get one more. */
    private static void oneHot(Site site) {
        var out = new ArrayList<>(site.input(0));
        int at = Site.axis(site.node().intAttribute("axis", -1), out.size() + 1);
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        out.add(at, site.opaque(shape.dim(at), "comes from"));
        site.output(0, out);
        site.parameter(1);
        site.parameter(2);
        site.onCut(cut -> cut.requireUnmoved(1));
    }
}
