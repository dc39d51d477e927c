package dev.coppice.prune.group;

import java.util.List;
import java.util.Set;

/** The axes of queries, keys or values of an attention, and what all kinds of it do with them. */
record HeadAxes(Axis batch, Axis tokens, Axis heads, Axis size) {

    static final String COMPARED =
            "is multiplied with another activation and added up, so that no weight can stand for it, in";

    private static final String TOKEN = "is a token of";

    /** Reads {@code [batch, heads, tokens, size]}, or {@code [batch, tokens, heads * size]}. */
    static HeadAxes of(Site site, List<Axis> axes, int heads) {
        return switch (axes.size()) {
            case 4 -> new HeadAxes(axes.get(0), axes.get(2), axes.get(1), axes.get(3));
            case 3 -> {
                var parts = split(site, axes.get(2), heads);
                yield new HeadAxes(axes.get(0), axes.get(1), Axis.of(parts.getFirst()), Axis.of(parts.getLast()));
            }
            default -> throw new Site.UnknownAxes("has an operand of rank " + axes.size() + ", which is not followed, in");
        };
    }

    /** Returns the two factors of an axis: the heads, and what each has. */
    static List<Factor> split(Site site, Axis axis, int heads) {
        if (!axis.isStatic() || heads < 1 || axis.length() % heads != 0) {
            throw new Site.UnknownAxes("has a width of unknown size in");
        }
        var all = axis.factors().getFirst();
        int size = axis.length() / heads;
        var one = new Factor.Fixed(1, site.reason("is the only one in"));
        if (heads == 1) {
            return List.of(one, all);
        }
        return size == 1 ? List.of(all, one) : Axis.split(all, size, site.labels());
    }

    Axis merged(Site site) {
        var factors = List.of(heads.factors().getFirst(), size.factors().getFirst());
        return new Axis(Axis.product(factors, site.labels()), Set.of());
    }

    /**
     * Couples queries, keys and values, and returns the axes of the output: as many heads and tokens as queries, of the values' size.
     * Heads may go, and what a head hands on of its values; what queries and keys are compared by stays.
     */
    static HeadAxes couple(Site site, HeadAxes query, HeadAxes key, HeadAxes value) {
        if (!query.heads().isStatic() || !key.heads().isStatic()) {
            throw new Site.UnknownAxes("has an unknown number of heads in");
        }
        var batch = site.meet(site.meet(query.batch(), key.batch()), value.batch());
        var keyHeads = site.same(key.heads(), value.heads());
        int each = query.heads().length() / Math.max(1, keyHeads.length());
        if (each == 1) {
            site.same(query.heads(), keyHeads);
        } else if (keyHeads.length() > 1) {
            var parts = Axis.split(query.heads().factors().getFirst(), each, site.labels());
            site.same(Axis.of(parts.getFirst()), keyHeads);
        }
        site.head(query.heads());
        site.head(keyHeads);
        site.block(query.size(), COMPARED);
        site.block(key.size(), COMPARED);
        site.block(key.tokens(), COMPARED);
        site.block(value.tokens(), COMPARED);
        return new HeadAxes(batch, query.tokens(), query.heads(), value.size());
    }

    /** Couples a mask or bias that is added to the scores, {@code [.., heads, queries, keys]} from the end, with these queries. */
    void mask(Site site, int input) {
        if (!site.has(input)) {
            return;
        }
        var axes = site.input(input);
        for (int i = 0; i < axes.size(); i++) {
            switch (axes.size() - i) {
                case 1 -> site.block(axes.get(i), COMPARED);
                case 2 -> site.meet(tokens, axes.get(i));
                case 3 -> site.meet(heads, axes.get(i));
                default -> site.meet(batch, axes.get(i));
            }
        }
    }

    /** Couples these keys or values with those of earlier tokens, {@code [batch, heads, tokens, size]}, and puts out those of all tokens. */
    void cache(Site site, int past, int present) {
        if (site.has(past)) {
            var axes = site.input(past);
            if (axes.size() != 4) {
                throw new Site.UnknownAxes("has an operand of rank " + axes.size() + ", which is not followed, in");
            }
            site.meet(batch, axes.getFirst());
            site.same(heads, axes.get(1));
            site.block(axes.get(2), COMPARED);
            site.same(size, axes.get(3));
        }
        if (!site.node().output(present).isEmpty()) {
            site.output(present, List.of(batch, heads, site.opaque(site.outputDim(present, 2), TOKEN), size));
        }
    }

    /** Couples scales of a cache, of one element or {@code [.., heads, tokens, size]} from the end, with these keys or values. */
    void scales(Site site, int input) {
        if (!site.has(input)) {
            return;
        }
        var axes = site.input(input);
        for (int i = 0; i < axes.size(); i++) {
            if (axes.size() - i == 3) {
                site.meet(heads, axes.get(i));
            } else {
                site.block(axes.get(i), COMPARED);
            }
        }
    }

    /** Puts out the scores of these queries, {@code [batch, heads, queries, keys]}. */
    void scores(Site site, int output) {
        if (!site.node().output(output).isEmpty()) {
            site.output(output, List.of(batch, heads, tokens, site.opaque(site.outputDim(output, 3), TOKEN)));
        }
    }
}
