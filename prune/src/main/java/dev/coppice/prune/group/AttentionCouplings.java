package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Attention as one operator. Operands are {@code [batch, heads, tokens, size]} or {@code [batch, tokens, heads * size]}. Heads may go, and what a
 * head hands on of its values; what queries and keys are compared by stays, as it does where the products are written out.
 */
final class AttentionCouplings {

    static final Map<String, Coupling> TABLE = Map.of(
            "Attention", AttentionCouplings::attention,
            "RotaryEmbedding", AttentionCouplings::rotary,
            "com.microsoft::RotaryEmbedding", AttentionCouplings::rotary,
            "com.microsoft::Attention", AttentionCouplings::packed,
            "com.microsoft::MultiHeadAttention", AttentionCouplings::multiHead,
            "com.microsoft::GroupQueryAttention", AttentionCouplings::groupQuery);

    private static final String COMPARED =
            "is multiplied with another activation and added up, so that no weight can stand for it, in";

    private AttentionCouplings() {}

    /** The axes of queries, keys or values. */
    private record Operand(Axis batch, Axis tokens, Axis heads, Axis size) {

        /** Reads {@code [batch, heads, tokens, size]}, or {@code [batch, tokens, heads * size]}. */
        static Operand of(Site site, List<Axis> axes, int heads) {
            return switch (axes.size()) {
                case 4 -> new Operand(axes.get(0), axes.get(2), axes.get(1), axes.get(3));
                case 3 -> {
                    var parts = split(site, axes.get(2), heads);
                    yield new Operand(axes.get(0), axes.get(1), Axis.of(parts.getFirst()), Axis.of(parts.getLast()));
                }
                default -> throw new Site.UnknownAxes("has a rank other than 3 or 4 in");
            };
        }

        Axis merged(Site site) {
            var factors = List.of(heads.factors().getFirst(), size.factors().getFirst());
            return new Axis(Axis.product(factors, site.labels()), Set.of());
        }
    }

    /** Returns the two factors of an axis: the heads, and what each has. */
    private static List<Factor> split(Site site, Axis axis, int heads) {
        if (!axis.isStatic() || heads < 1 || axis.length() % heads != 0) {
            throw new Site.UnknownAxes("has an unknown width, or one that heads do not divide, in");
        }
        var all = axis.factors().getFirst();
        int size = axis.length() / heads;
        var one = new Factor.Fixed(1, site.reason("is the only one in"));
        if (heads == 1) {
            return List.of(one, all);
        }
        return size == 1 ? List.of(all, one) : Axis.split(all, size, site.labels());
    }

    /** Couples the three operands and returns the operand that the output is: as many heads and tokens as queries, of the values' size. */
    private static Operand couple(Site site, Operand query, Operand key, Operand value) {
        if (!query.heads().isStatic() || !key.heads().isStatic()) {
            throw new Site.UnknownAxes("has an unknown number of heads in");
        }
        var batch = site.meet(site.meet(query.batch(), key.batch()), value.batch());
        var keyHeads = site.same(key.heads(), value.heads());
        int each = query.heads().length() / keyHeads.length();
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
        return new Operand(batch, query.tokens(), query.heads(), value.size());
    }

    /** Couples a mask or bias that is added to the scores, {@code [.., heads, queries, keys]} from the end. */
    private static void mask(Site site, int input, Operand query) {
        if (!site.has(input)) {
            return;
        }
        var axes = site.input(input);
        for (int i = 0; i < axes.size(); i++) {
            switch (axes.size() - i) {
                case 1 -> site.block(axes.get(i), COMPARED);
                case 2 -> site.meet(query.tokens(), axes.get(i));
                case 3 -> site.meet(query.heads(), axes.get(i));
                default -> site.meet(query.batch(), axes.get(i));
            }
        }
    }

    /** Couples keys or values of earlier tokens, {@code [batch, heads, tokens, size]}, and puts out those of all tokens. */
    private static void cache(Site site, int input, Operand of, int output) {
        if (site.has(input)) {
            var past = site.input(input);
            if (past.size() != 4) {
                throw new Site.UnknownAxes("has past keys or values of a rank other than 4 in");
            }
            site.meet(of.batch(), past.getFirst());
            site.same(of.heads(), past.get(1));
            site.block(past.get(2), COMPARED);
            site.same(of.size(), past.get(3));
        }
        if (!site.node().output(output).isEmpty()) {
            var shape = site.outputShape(output).orElseThrow(Site.UnknownAxes::new);
            site.output(output, List.of(of.batch(), of.heads(), site.opaque(shape.dim(2), "is a token of"), of.size()));
        }
    }

    /** Q, K, V, mask, past key, past value (ONNX, opset 23); Y, present key, present value, scores. */
    private static void attention(Site site) {
        int heads = (int) site.node().intAttribute("q_num_heads", 0);
        int keyHeads = (int) site.node().intAttribute("kv_num_heads", heads);
        boolean merged = site.input(0).size() == 3;
        var query = Operand.of(site, site.input(0), heads);
        var key = Operand.of(site, site.input(1), keyHeads);
        var value = Operand.of(site, site.input(2), keyHeads);
        var out = couple(site, query, key, value);
        if (site.node().intAttribute("is_causal", 0) != 0) {
            site.block(query.tokens(), "is at a place that counts in");
        }
        mask(site, 3, query);
        cache(site, 4, key, 1);
        cache(site, 5, value, 2);
        site.ignore(6);
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
        if (!site.node().output(3).isEmpty()) {
            var shape = site.outputShape(3).orElseThrow(Site.UnknownAxes::new);
            var last = site.opaque(shape.dim(3), "is a token of");
            site.output(3, List.of(out.batch(), out.heads(), out.tokens(), last));
        }
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
                var counted = Axis.of(split(site, x.get(2), heads).getFirst());
                site.onCut(cut -> cut.attribute("num_heads", cut.kept(counted)));
            }
        }
        site.block(Operand.of(site, x, heads).size(), "is rotated by");
        site.pass(0, 0);
    }

    /** x [B,S,W], one weight [W,Q+K+V], its bias; the tokens are compared with themselves. */
    private static void packed(Site site) {
        if (site.has(4) || site.node().intAttribute("do_rotary", 0) != 0) {
            throw new Site.UnknownAxes("is rotated, or has past keys, in");
        }
        int heads = (int) site.node().intAttribute("num_heads", 0);
        var x = site.input(0);
        site.contract(0, 2, 1, 0);
        var all = site.input(1).get(1);
        if (site.has(2)) {
            all = site.same(all, site.input(2).getFirst());
        }
        if (!all.isStatic()) {
            throw new Site.UnknownAxes("has an unknown width in");
        }
        var widths = site.node().intsAttribute("qkv_hidden_sizes");
        int size = all.length();
        var parts = new ArrayList<Axis>();
        int from = 0;
        for (int i = 0; i < 3; i++) {
            int width = widths.isPresent() ? Math.toIntExact(widths.get().get(i)) : size / 3;
            parts.add(SelectionCouplings.part(site, all, from, from + width));
            from += width;
        }
        var operands = parts.stream()
                .map(part -> Operand.of(site, List.of(x.get(0), x.get(1), part), heads))
                .toList();
        var out = couple(site, operands.get(0), operands.get(1), operands.get(2));
        site.ignore(3);
        mask(site, 5, operands.getFirst());
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

    /** Query, key, value [B,S,H*D], bias of the three one after the other, padding mask, bias of the scores. */
    private static void multiHead(Site site) {
        int heads = (int) site.node().intAttribute("num_heads", 0);
        if (site.has(6) || site.has(7) || site.input(1).size() != 3) {
            throw new Site.UnknownAxes("has past keys, or keys packed with values, in");
        }
        var operands = new ArrayList<Operand>();
        int from = 0;
        for (int i = 0; i < 3; i++) {
            var axes = new ArrayList<>(site.input(i));
            if (axes.size() != 3 || !axes.get(2).isStatic()) {
                throw new Site.UnknownAxes("has an unknown width in");
            }
            if (site.has(3)) {
                int to = from + axes.get(2).length();
                axes.set(
                        2,
                        site.same(
                                axes.get(2),
                                SelectionCouplings.part(site, site.input(3).getFirst(), from, to)));
                from = to;
            }
            operands.add(Operand.of(site, axes, heads));
        }
        var out = couple(site, operands.get(0), operands.get(1), operands.get(2));
        site.ignore(4);
        mask(site, 5, operands.getFirst());
        site.onCut(cut -> cut.attribute("num_heads", cut.kept(out.heads())));
        site.output(0, List.of(out.batch(), out.tokens(), out.merged(site)));
    }

    /** Query [B,S,H*D], key and value [B,S,G*D], past ones [B,G,P,D]; values are of the size of keys. */
    private static void groupQuery(Site site) {
        if (!site.has(1) || !site.has(2)) {
            throw new Site.UnknownAxes("has queries, keys and values packed into one in");
        }
        int keyHeads = (int) site.node().intAttribute("kv_num_heads", 0);
        var query = Operand.of(site, site.input(0), (int) site.node().intAttribute("num_heads", 0));
        var key = Operand.of(site, site.input(1), keyHeads);
        var value = Operand.of(site, site.input(2), keyHeads);
        var out = couple(site, query, key, value);
        site.block(query.tokens(), "is at a place that counts in");
        site.block(value.size(), "is of one size with the keys' in");
        cache(site, 3, key, 1);
        cache(site, 4, value, 2);
        site.ignore(5);
        site.ignore(6);
        site.onCut(cut -> {
            cut.attribute("num_heads", cut.kept(query.heads()));
            cut.attribute("kv_num_heads", cut.kept(key.heads()));
        });
        site.output(0, List.of(out.batch(), out.tokens(), out.merged(site)));
    }
}
