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
            "com.microsoft::MultiHeadAttention", AttentionRules::multiHead,
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

    /** Input {@code [batch, tokens, inW]}, one weight {@code [inW, Q + K + V]}. */
    private static List<Typed> packedAttention(NodeContext in) {
        var sizes = in.ints("qkv_hidden_sizes");
        var width = sizes != null && sizes.size() == 3 ? Dim.of(sizes.get(2)) : headWidth(in, in.dim(1, 1), Dim.of(3));
        return List.of(Typed.of(in.type(0), in.dim(0, 0), in.dim(0, 1), width));
    }

    private static List<Typed> multiHead(NodeContext in) {
        var query = in.shape(0);
        var value = in.shape(2);
        if (query == null || value == null || query.rank() != 3 || value.rank() != 3) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        return List.of(Typed.of(in.type(0), query.dim(0), query.dim(1), value.dim(2)));
    }

    private static List<Typed> groupQuery(NodeContext in) {
        return List.of(in.has(1) ? in.like(0) : Typed.of(in.type(0), (Shape) null));
    }
}
