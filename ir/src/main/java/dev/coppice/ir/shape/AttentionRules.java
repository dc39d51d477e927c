package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.List;
import java.util.Map;

/** Attention as one operator. Operands are {@code [batch, heads, tokens, width]} or {@code [batch, tokens, heads * width]}. */
final class AttentionRules {

    static final Map<String, Rule> RULES = Map.of(
            "Attention", AttentionRules::attention,
            "RotaryEmbedding", in -> List.of(in.like(0)),
            "com.microsoft::RotaryEmbedding", in -> List.of(in.like(0)),
            "com.microsoft::Attention", AttentionRules::packedAttention,
            "com.microsoft::MultiHeadAttention", in -> multiHead(in, 6),
            "com.microsoft::DecoderMaskedMultiHeadAttention", in -> multiHead(in, 5),
            "com.microsoft::GroupQueryAttention", AttentionRules::groupQuery);

    private AttentionRules() {}

    /** Inputs Q, K, V, mask, past key, past value; outputs Y, present key, present value, scores. */
    private static List<Typed> attention(NodeContext in) {
        var query = in.shape(0);
        var value = in.shape(2);
        var type = in.type(0);
        if (query == null || value == null) {
            return List.of(Typed.of(type, (Shape) null));
        }
        in.rank(query, 3, 4);
        in.rank(value, 3, 4);
        boolean split = query.rank() == 4;
        var heads = split ? query.dim(1) : Dim.of(in.integer("q_num_heads", 1));
        var keyHeads = split ? value.dim(1) : Dim.of(in.integer("kv_num_heads", 1));
        var batch = query.dim(0);
        var tokens = query.dim(split ? 2 : 1);
        var width = split ? value.dim(3) : headWidth(in, value.dim(2), keyHeads);
        var keyWidth = split ? in.dim(1, 3) : headWidth(in, in.dim(1, -1), keyHeads);
        var past = in.has(4) ? in.dim(4, 2) : Dim.of(0);
        var total = Dims.add(past, value.dim(split ? 2 : 1));
        var output = split
                ? Typed.of(type, batch, heads, tokens, width)
                : Typed.of(type, batch, tokens, Dims.multiply(heads, width));
        return List.of(
                output,
                Typed.of(in.type(1), batch, keyHeads, total, keyWidth),
                Typed.of(in.type(2), batch, keyHeads, total, width),
                Typed.of(type, batch, heads, tokens, total));
    }

    private static Dim headWidth(NodeContext in, Dim width, Dim heads) {
        var quotient = Dims.quotient(List.of(width), List.of(heads));
        if (quotient == null) {
            throw in.bad("%s heads in a width of %s".formatted(heads, width));
        }
        return quotient;
    }

    /** Input {@code [batch, tokens, inW]}, one weight {@code [inW, Q + K + V]}; present keys and values are one output. */
    private static List<Typed> packedAttention(NodeContext in) {
        var sizes = in.ints("qkv_hidden_sizes");
        var width = sizes != null && sizes.size() == 3 ? Dim.of(sizes.get(2)) : headWidth(in, in.dim(1, 1), Dim.of(3));
        var heads = Dim.of(in.integer("num_heads", 1));
        var total = in.integer("past_present_share_buffer", 0) != 0
                ? in.dim(4, 3)
                : Dims.add(in.has(4) ? in.dim(4, 3) : Dim.of(0), in.dim(0, 1));
        var type = in.type(0);
        return List.of(
                Typed.of(type, in.dim(0, 0), in.dim(0, 1), width),
                Typed.of(type, Dim.of(2), in.dim(0, 0), heads, total, headWidth(in, width, heads)));
    }

    /**
     * Query {@code [batch, tokens, heads * width]}, key and value alike or {@code [batch, heads, tokens, width]}; where all three are one
     * operand, it is {@code [batch, tokens, heads, 3, width]}.
     *
     * @param past input of past keys; past values and, for buffers that are shared, the length in use follow
     */
    private static List<Typed> multiHead(NodeContext in, int past) {
        var query = in.shape(0);
        var type = in.type(0);
        if (query != null && query.rank() == 5) {
            return List.of(Typed.of(type, query.dim(0), query.dim(1), Dims.multiply(query.dim(2), query.dim(4))));
        }
        var key = in.shape(1);
        var value = in.shape(2);
        if (query == null || query.rank() != 3 || key == null || value == null || !sequence(key) || !sequence(value)) {
            return List.of(Typed.of(type, (Shape) null));
        }
        var heads = Dim.of(in.integer("num_heads", 1));
        boolean split = value.rank() == 4;
        var width = split ? value.dim(3) : headWidth(in, value.dim(2), heads);
        var keyWidth = key.rank() == 4 ? key.dim(3) : headWidth(in, key.dim(2), heads);
        var before = in.has(past) ? in.dim(past, 2) : Dim.of(0);
        var total = in.has(past + 2) ? before : Dims.add(before, value.dim(split ? 2 : 1));
        return List.of(
                Typed.of(type, query.dim(0), query.dim(1), split ? Dims.multiply(heads, width) : value.dim(2)),
                Typed.of(in.type(1), query.dim(0), heads, total, keyWidth),
                Typed.of(in.type(2), query.dim(0), heads, total, width),
                Typed.of(type, query.dim(0), heads, query.dim(1), total));
    }

    private static boolean sequence(Shape shape) {
        return shape.rank() == 3 || shape.rank() == 4;
    }

    /** Query {@code [batch, tokens, heads * width]}, with keys and values behind it where those are left out. */
    private static List<Typed> groupQuery(NodeContext in) {
        var query = in.shape(0);
        var type = in.type(0);
        if (query == null || query.rank() != 3) {
            return List.of(Typed.of(type, (Shape) null));
        }
        long heads = in.integer("num_heads", 1);
        long keyHeads = in.integer("kv_num_heads", 1);
        boolean packed = !in.has(1);
        var width = headWidth(in, query.dim(2), Dim.of(packed ? heads + 2 * keyHeads : heads));
        var all = in.longs(6);
        var total = all == null || all.length != 1 || all[0] < 0 ? Dim.unknown() : Dim.of(all[0]);
        var kept = !in.has(3) ? total : Dims.longer(total, in.dim(3, 2));
        var cache = in.has(3) ? in.type(3) : type;
        return List.of(
                packed
                        ? Typed.of(type, query.dim(0), query.dim(1), Dims.multiply(Dim.of(heads), width))
                        : in.like(0),
                Typed.of(cache, query.dim(0), Dim.of(keyHeads), kept, in.has(3) ? in.dim(3, 3) : width),
                Typed.of(cache, query.dim(0), Dim.of(keyHeads), kept, in.has(4) ? in.dim(4, 3) : width),
                Typed.of(type, query.dim(0), Dim.of(heads), query.dim(1), total));
    }
}
