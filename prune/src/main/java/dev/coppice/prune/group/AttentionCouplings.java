package dev.coppice.prune.group;

import java.util.List;
import java.util.Map;

/**
 * Attention as one operator of ONNX. Operands are {@code [batch, heads, tokens, size]} or {@code [batch, tokens, heads * size]}. Heads may go, and
 * what a head hands on of its values; what queries and keys are compared by stays, as it does where the products are written out.
 */
final class AttentionCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "Attention", AttentionCouplings::attention,
            "RotaryEmbedding", AttentionCouplings::rotary,
            "com.microsoft::RotaryEmbedding", AttentionCouplings::rotary);

    private AttentionCouplings() {}

    /** Q, K, V, mask, past key, past value, lengths of keys (ONNX, opset 23 and 24); Y, present key, present value, scores. */
    private static void attention(Site site) {
        int heads = (int) site.node().intAttribute("q_num_heads", 0);
        int keyHeads = (int) site.node().intAttribute("kv_num_heads", heads);
        boolean merged = site.input(0).size() == 3;
        var query = HeadAxes.of(site, site.input(0), heads);
        var key = HeadAxes.of(site, site.input(1), keyHeads);
        var value = HeadAxes.of(site, site.input(2), keyHeads);
        var out = HeadAxes.couple(site, query, key, value);
        if (site.node().intAttribute("is_causal", 0) != 0) {
            site.block(query.tokens(), "is at a place that counts in");
        }
        query.mask(site, 3);
        key.cache(site, 4, 1);
        value.cache(site, 5, 2);
        if (site.has(6)) {
            site.parameter(6);
            site.block(out.batch(), "has a length of its own in");
        }
        if (merged) {
            site.onCut(cut -> {
                cut.attribute("q_num_heads", cut.kept(query.heads()));
                cut.attribute("kv_num_heads", cut.kept(key.heads()));
            });
        }
        site.output(
                0,
                merged
                        ? List.of(out.batch(), out.tokens(), out.merged(site))
                        : List.of(out.batch(), out.heads(), out.tokens(), out.size()));
        query.scores(site, 3);
    }

    /** Pairs of a head's elements are rotated by the angle of their place: whole heads may go. */
    private static void rotary(Site site) {
        var x = site.input(0);
        int heads = (int) site.node().intAttribute("num_heads", 0);
        if (x.size() == 3) {
            int tables = site.node().isStandard() ? 1 : 2;
            if (heads == 0) {
                var table = site.inputShape(tables).orElseThrow(Site.UnknownAxes::new);
                if (!x.get(2).isStatic() || !(table.dim(-1) instanceof dev.coppice.ir.Dim.Known(long half))) {
                    throw new Site.UnknownAxes("has an unknown number of heads in");
                }
                heads = x.get(2).length() / Math.toIntExact(2 * half);
            } else {
                var counted = Axis.of(HeadAxes.split(site, x.get(2), heads).getFirst());
                site.onCut(cut -> cut.attribute("num_heads", cut.kept(counted)));
            }
        }
        site.block(HeadAxes.of(site, x, heads).size(), "is rotated by");
        for (int table = 1; table < site.node().inputs().size(); table++) {
            if (site.has(table)) {
                site.input(table).forEach(axis -> site.block(axis, "is rotated by"));
            }
        }
        site.pass(0, 0);
    }
}
