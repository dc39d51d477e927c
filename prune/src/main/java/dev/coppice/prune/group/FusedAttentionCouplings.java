package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Attention as ONNX Runtime fuses it, every operand and output of its definitions (ContribOperators.md). */
final class FusedAttentionCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "com.microsoft::Attention",
            FusedAttentionCouplings::packed,
            "com.microsoft::MultiHeadAttention",
            site -> multiHead(site, new Places(3, 4, 5, 6)),
            "com.microsoft::DecoderMaskedMultiHeadAttention",
            site -> multiHead(site, new Places(10, 3, 4, 5)),
            "com.microsoft::GroupQueryAttention",
            FusedAttentionCouplings::groupQuery);

    private static final String EQUAL = "is of one size with the keys' in";
    private static final String ROTATED = "is rotated by";
    private static final String LENGTH = "has a mask or length of its own in";

    /** Which operands are the bias of the projections, the padding mask, the bias of the scores and the past keys. */
    private record Places(int bias, int padding, int scores, int past) {}

    private FusedAttentionCouplings() {}

    /** x [B,S,W], one weight [W,Q+K+V], its bias; the tokens are compared with themselves. Past and present are [2,B,heads,tokens,size]. */
    private static void packed(Site site) {
        if (site.node().intAttribute("do_rotary", 0) != 0) {
            throw new Site.UnknownAxes("is rotated within");
        }
        int heads = (int) site.node().intAttribute("num_heads", 0);
        var x = site.input(0);
        site.contract(0, 2, 1, 0);
        var all = site.input(1).get(1);
        if (site.has(2)) {
            all = site.same(all, site.input(2).getFirst());
        }
        if (!all.isStatic()) {
            throw new Site.UnknownAxes("has a width of unknown size in");
        }
        var widths = site.node().intsAttribute("qkv_hidden_sizes");
        var parts = parts(site, all, sizes(all.length(), widths.orElse(List.of())));
        var operands = parts.stream()
                .map(part -> HeadAxes.of(site, List.of(x.get(0), x.get(1), part), heads))
                .toList();
        var out = HeadAxes.couple(site, operands.get(0), operands.get(1), operands.get(2));
        padding(site, 3, out);
        operands.getFirst().mask(site, 5);
        site.parameter(6);
        states(site, out);
        site.onCut(cut -> {
            cut.attribute("num_heads", cut.kept(out.heads()));
            if (widths.isPresent() || parts.stream().anyMatch(cut::changed)) {
                cut.attribute(
                        "qkv_hidden_sizes",
                        parts.stream().map(part -> (long) cut.kept(part)).toList());
            }
        });
        site.output(0, List.of(out.batch(), out.tokens(), out.merged(site)));
    }

    /** Returns the widths of queries, keys and values: what is given, or a third each. */
    private static int[] sizes(int all, List<Long> given) {
        var sizes = given.size() == 3
                ? given.stream().mapToInt(Math::toIntExact).toArray()
                : new int[] {all / 3, all / 3, all / 3};
        if (sizes[0] < 0 || sizes[1] < 0 || sizes[2] < 0 || sizes[0] + sizes[1] + sizes[2] != all) {
            throw new Site.UnknownAxes("has a width that is not that of queries, keys and values in");
        }
        return sizes;
    }

    private static List<Axis> parts(Site site, Axis all, int... sizes) {
        var parts = new ArrayList<Axis>();
        int from = 0;
        for (int size : sizes) {
            parts.add(SelectionCouplings.part(site, all, from, from + size));
            from += size;
        }
        return parts;
    }

    /** Couples the past keys and values in one operand, and puts out those of all tokens in one value. */
    private static void states(Site site, HeadAxes out) {
        boolean present = !site.node().output(1).isEmpty();
        if (!site.has(4) && !present) {
            return;
        }
        site.block(out.size(), EQUAL);
        if (site.has(4)) {
            var past = site.input(4);
            if (past.size() != 5) {
                throw new Site.UnknownAxes("has an operand of rank " + past.size() + ", which is not followed, in");
            }
            site.block(past.getFirst(), "is a state of");
            site.meet(out.batch(), past.get(1));
            site.same(out.heads(), past.get(2));
            site.block(past.get(3), HeadAxes.COMPARED);
            site.same(out.size(), past.get(4));
        }
        if (present) {
            var tokens = site.opaque(site.outputDim(1, 3), "is a token of");
            site.output(1, List.of(site.fixed(2, "is a state of"), out.batch(), out.heads(), tokens, out.size()));
        }
    }

    /** A mask or length is of integers, which are no data that could be cut along: each text keeps its own. */
    private static void padding(Site site, int input, HeadAxes out) {
        site.parameter(input);
        if (site.has(input)) {
            site.block(out.batch(), LENGTH);
        }
    }

    /**
     * Query [B,S,H*D], key and value alike or, where they come from a cache, [B,H,S,D]; bias of the three one after the other, padding
     * mask, bias of the scores, past keys and values; output, present keys and values, scores.
     */
    private static void multiHead(Site site, Places places) {
        int heads = (int) site.node().intAttribute("num_heads", 0);
        if (!site.has(1) || !site.has(2) || site.input(1).size() == 5) {
            throw new Site.UnknownAxes("is one of several operands packed into one in");
        }
        var operands = new ArrayList<HeadAxes>();
        for (int i = 0; i < 3; i++) {
            operands.add(HeadAxes.of(site, site.input(i), heads));
        }
        if (site.has(places.bias())) {
            var merged = operands.stream().map(operand -> operand.merged(site)).toList();
            var sizes = merged.stream().mapToInt(Axis::length).toArray();
            var bias = parts(site, site.input(places.bias()).getFirst(), sizes);
            for (int i = 0; i < 3; i++) {
                site.same(merged.get(i), bias.get(i));
            }
        }
        var out = HeadAxes.couple(site, operands.get(0), operands.get(1), operands.get(2));
        boolean decodes = site.node().opType().equals("DecoderMaskedMultiHeadAttention");
        if (decodes || site.has(places.past() + 1) || site.input(1).size() == 4) {
            site.block(out.size(), EQUAL);
        }
        padding(site, places.padding(), out);
        operands.get(0).mask(site, places.scores());
        operands.get(1).cache(site, places.past(), 1);
        operands.get(2).cache(site, places.past() + 1, 2);
        operands.get(0).scores(site, 3);
        site.onCut(cut -> cut.attribute("num_heads", cut.kept(out.heads())));
        site.output(0, List.of(out.batch(), out.tokens(), out.merged(site)));
    }

    /**
     * Query [B,S,H*D], key and value [B,S,G*D] or all in the query [B,S,(H+2G)*D], past ones [B,G,P,D], lengths, tables of rotation, places,
     * bias of the scores, what every head adds to the sum of its weights [H], scales of the cache [1,G,1,D], norms of queries and keys [D].
     */
    private static void groupQuery(Site site) {
        int heads = (int) site.node().intAttribute("num_heads", 0);
        int keyHeads = (int) site.node().intAttribute("kv_num_heads", 0);
        var operands = operands(site, heads, keyHeads);
        var query = HeadAxes.of(site, operands.get(0), heads);
        var key = HeadAxes.of(site, operands.get(1), keyHeads);
        var value = HeadAxes.of(site, operands.get(2), keyHeads);
        var out = HeadAxes.couple(site, query, key, value);
        site.block(query.tokens(), "is at a place that counts in");
        site.block(value.size(), EQUAL);
        key.cache(site, 3, 1);
        value.cache(site, 4, 2);
        padding(site, 5, out);
        site.parameter(6);
        for (int table : new int[] {7, 8, 14, 15}) {
            if (site.has(table)) {
                site.input(table).forEach(axis -> site.block(axis, table < 9 ? ROTATED : HeadAxes.COMPARED));
            }
        }
        padding(site, 9, out);
        query.mask(site, 10);
        if (site.has(11)) {
            site.same(query.heads(), site.input(11).getFirst());
        }
        key.scales(site, 12);
        value.scales(site, 13);
        query.scores(site, 3);
        site.onCut(cut -> {
            cut.attribute("num_heads", cut.kept(query.heads()));
            cut.attribute("kv_num_heads", cut.kept(key.heads()));
        });
        site.output(0, List.of(out.batch(), out.tokens(), out.merged(site)));
    }

    private static List<List<Axis>> operands(Site site, int heads, int keyHeads) {
        var query = site.input(0);
        if (site.has(1) && site.has(2)) {
            return List.of(query, site.input(1), site.input(2));
        }
        int all = heads + 2 * keyHeads;
        if (query.size() != 3
                || !query.get(2).isStatic()
                || all < 1
                || query.get(2).length() % all != 0) {
            throw new Site.UnknownAxes("has a width of unknown size in");
        }
        int size = query.get(2).length() / all;
        return parts(site, query.get(2), heads * size, keyHeads * size, keyHeads * size).stream()
                .map(part -> List.of(query.get(0), query.get(1), part))
                .toList();
    }
}
