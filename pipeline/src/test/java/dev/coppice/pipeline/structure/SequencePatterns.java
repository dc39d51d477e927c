package dev.coppice.pipeline.structure;

import java.util.List;
import java.util.function.Consumer;

/** Patterns of [batch, size, channels]; each leaves a value of that form. */
final class SequencePatterns {

    static final List<Consumer<GraphText>> ALL = List.of(
            SequencePatterns::linear,
            SequencePatterns::mlp,
            SequencePatterns::gatedMlp,
            t -> attention(t, 0),
            t -> attention(t, 1),
            t -> attention(t, 2),
            t -> attention(t, 3),
            SequencePatterns::groupedQueries,
            SequencePatterns::rotary,
            SequencePatterns::classToken,
            SequencePatterns::einsum,
            SequencePatterns::recurrent,
            SequencePatterns::windows,
            SequencePatterns::roll,
            SequencePatterns::merge,
            SequencePatterns::mergedHeads,
            SequencePatterns::scaled,
            SequencePatterns::opaque);

    private SequencePatterns() {}

    static String linear(GraphText t, String x, int from, int to) {
        var product = t.chance(5)
                ? t.op("MatMul", x, t.transpose(t.weight(to, from), 1, 0))
                : t.op("MatMul", x, t.weight(from, to));
        return t.chance(2) ? t.op("Add", t.weight(to), product) : product;
    }

    /** LayerNorm or RMSNorm over the last axis, as one node or taken apart. */
    static String norm(GraphText t, String x, int width) {
        if (t.opset >= 17 && t.chance(2)) {
            return t.op("LayerNormalization", x, t.weight(width), t.weight(width));
        }
        boolean centred = t.chance(2);
        var from = centred ? t.op("Sub", x, mean(t, x)) : x;
        var variance = mean(t, t.op("Mul", from, from));
        var normed = t.op("Div", from, t.op("Sqrt", t.op("Add", variance, t.filled(.01))));
        return t.op("Mul", normed, t.weight(width));
    }

    private static String mean(GraphText t, String x) {
        return t.opset >= 18
                ? t.node("ReduceMean(%s, %s)".formatted(x, t.ints(-1)))
                : t.node("ReduceMean(%s) axes=[-1]".formatted(x));
    }

    private static void linear(GraphText t) {
        int width = t.width(2);
        t.value = t.activation(linear(t, t.value, t.channels, width));
        t.channels = width;
    }

    private static void mlp(GraphText t) {
        int width = t.width(3);
        var normed = norm(t, t.value, t.channels);
        var inner = t.activation(linear(t, normed, t.channels, width));
        t.value = t.op("Add", t.value, linear(t, inner, width, t.channels));
    }

    private static void gatedMlp(GraphText t) {
        int width = t.width(3);
        var gate = linear(t, t.value, t.channels, width);
        var inner = t.op("Mul", t.op("Mul", gate, t.op("Sigmoid", gate)), linear(t, t.value, t.channels, width));
        t.value = t.op("Add", linear(t, inner, width, t.channels), t.value);
    }

    /** softmax(q k') v, merged again and projected. */
    private static void attend(GraphText t, String q, String k, String v, int heads, int each) {
        var scores = t.op("Mul", t.op("MatMul", q, t.transpose(k, 0, 1, 3, 2)), t.filled(.3));
        var weights = t.node("Softmax(%s) axis=-1".formatted(scores));
        var joined = t.transpose(t.op("MatMul", weights, v), 0, 2, 1, 3);
        var flat = t.reshape(joined, GraphText.BATCH, t.size, heads * each);
        t.value = t.op("Add", t.value, linear(t, flat, heads * each, t.channels));
    }

    private static String heads(GraphText t, String x, int heads, int each) {
        return t.transpose(t.reshape(x, GraphText.BATCH, t.size, heads, each), 0, 2, 1, 3);
    }

    /** Queries, keys and values by three products, or by one and Split, Slice or Gather. */
    private static void attention(GraphText t, int kind) {
        int heads = 2 + t.random().nextInt(2);
        int each = 2 + t.random().nextInt(2);
        int width = heads * each;
        var x = t.chance(2) ? norm(t, t.value, t.channels) : t.value;
        if (kind == 0) {
            attend(
                    t,
                    heads(t, linear(t, x, t.channels, width), heads, each),
                    heads(t, linear(t, x, t.channels, width), heads, each),
                    heads(t, linear(t, x, t.channels, width), heads, each),
                    heads,
                    each);
            return;
        }
        var all = linear(t, x, t.channels, 3 * width);
        if (kind == 1) {
            var parts = t.nodes(3, "Split(%s, %s) axis=2".formatted(all, t.ints(width, width, width)));
            attend(
                    t,
                    heads(t, parts.get(0), heads, each),
                    heads(t, parts.get(1), heads, each),
                    heads(t, parts.get(2), heads, each),
                    heads,
                    each);
        } else if (kind == 2) {
            attend(
                    t,
                    heads(t, t.slice(all, 2, 0, width, 1), heads, each),
                    heads(t, t.slice(all, -1, width, 2 * width, 1), heads, each),
                    heads(t, t.slice(all, 2, 2 * width, Integer.MAX_VALUE, 1), heads, each),
                    heads,
                    each);
        } else {
            var apart = t.transpose(t.reshape(all, GraphText.BATCH, t.size, 3, heads, each), 2, 0, 3, 1, 4);
            attend(
                    t,
                    t.node("Gather(%s, %s) axis=0".formatted(apart, t.index(0))),
                    t.node("Gather(%s, %s) axis=0".formatted(apart, t.index(1))),
                    t.node("Gather(%s, %s) axis=0".formatted(apart, t.index(2))),
                    heads,
                    each);
        }
    }

    /** Several heads of queries share keys and values, repeated by Expand. */
    private static void groupedQueries(GraphText t) {
        int shared = 2;
        int times = 2;
        int each = 2;
        var q = heads(t, linear(t, t.value, t.channels, shared * times * each), shared * times, each);
        attend(
                t,
                q,
                repeated(t, heads(t, linear(t, t.value, t.channels, shared * each), shared, each), shared, times, each),
                repeated(t, heads(t, linear(t, t.value, t.channels, shared * each), shared, each), shared, times, each),
                shared * times,
                each);
    }

    private static String repeated(GraphText t, String x, int heads, int times, int each) {
        var apart = t.op("Unsqueeze", x, t.ints(2));
        var expanded = t.op("Expand", apart, t.ints(1, heads, times, t.size, each));
        return t.reshape(expanded, GraphText.BATCH, heads * times, t.size, each);
    }

    private static void rotary(GraphText t) {
        int heads = 2;
        int each = 4;
        var q = rotated(t, heads(t, linear(t, t.value, t.channels, heads * each), heads, each), each);
        var k = rotated(t, heads(t, linear(t, t.value, t.channels, heads * each), heads, each), each);
        attend(t, q, k, heads(t, linear(t, t.value, t.channels, heads * each), heads, each), heads, each);
    }

    private static String rotated(GraphText t, String x, int each) {
        var halves = t.nodes(2, "Split(%s, %s) axis=3".formatted(x, t.ints(each / 2, each / 2)));
        var turned = t.concat(-1, t.op("Neg", halves.getLast()), halves.getFirst());
        return t.op("Add", t.op("Mul", x, t.weight(t.size, each)), t.op("Mul", turned, t.weight(t.size, each)));
    }

    private static void classToken(GraphText t) {
        var token = t.weight(1, 1, t.channels);
        var shape = t.op("Gather", t.op("Shape", t.value), t.ints(0));
        var target = t.concat(0, shape, t.chance(2) ? t.ints(1, 1) : t.ints(1, t.channels));
        var expanded = t.op("Expand", token, target);
        t.value = t.concat(1, expanded, t.value);
        t.size++;
        t.value = t.op("Add", t.value, t.weight(t.size, t.channels));
    }

    private static void einsum(GraphText t) {
        int width = t.width(2);
        var weight = t.weight(t.channels, width);
        t.value = t.node("Einsum(%s, %s) equation=\"bsc,cd->bsd\"".formatted(t.value, weight));
        t.channels = width;
        if (t.chance(2)) {
            var out = t.weight(2, t.channels, 3);
            var apart = t.node("Einsum(%s, %s) equation=\"bsc,hcd->bhsd\"".formatted(t.value, out));
            t.value = t.op(
                    "Add",
                    t.value,
                    t.node("Einsum(%s, %s) equation=\"bhsd,hdc->bsc\""
                            .formatted(t.activation(apart), t.weight(2, 3, t.channels))));
        }
    }

    private static void recurrent(GraphText t) {
        boolean lstm = t.chance(2);
        int gates = lstm ? 4 : 3;
        int directions = 1 + t.random().nextInt(2);
        int hidden = 3;
        var bias = t.chance(2) ? t.weight(directions, 2 * gates * hidden) : "";
        var rows = t.nodes(
                1,
                "%s(%s, %s, %s, %s) hidden_size=%d direction=\"%s\""
                        .formatted(
                                lstm ? "LSTM" : "GRU",
                                t.transpose(t.value, 1, 0, 2),
                                t.weight(directions, gates * hidden, t.channels),
                                t.weight(directions, gates * hidden, hidden),
                                bias,
                                hidden,
                                directions == 2 ? "bidirectional" : "forward"));
        // [size, directions, batch, hidden]
        var last = t.transpose(rows.getFirst(), 2, 0, 1, 3);
        t.value = t.reshape(last, GraphText.BATCH, t.size, directions * hidden);
        t.channels = directions * hidden;
    }

    /** Attention within windows of half the length. */
    private static void windows(GraphText t) {
        if (t.size % 2 != 0) {
            linear(t);
            return;
        }
        int half = t.size / 2;
        var x = linear(t, t.value, t.channels, t.channels);
        var apart = t.reshape(x, GraphText.BATCH, 2, half, t.channels);
        var scores = t.op("MatMul", apart, t.transpose(apart, 0, 1, 3, 2));
        var mixed = t.op("MatMul", t.node("Softmax(%s) axis=-1".formatted(scores)), apart);
        t.value = t.op("Add", t.value, t.reshape(mixed, GraphText.BATCH, t.size, t.channels));
    }

    private static void roll(GraphText t) {
        var x = t.concat(1, t.slice(t.value, 1, 1, t.size, 1), t.slice(t.value, 1, 0, 1, 1));
        t.value = t.op("Add", t.value, linear(t, x, t.channels, t.channels));
    }

    /** Neighbours become channels (patch merging). */
    private static void merge(GraphText t) {
        if (t.size % 2 != 0) {
            linear(t);
            return;
        }
        var both = t.concat(-1, t.slice(t.value, 1, 0, t.size, 2), t.slice(t.value, 1, 1, t.size, 2));
        int width = t.width(2);
        t.value = linear(t, t.chance(2) ? norm(t, both, 2 * t.channels) : both, 2 * t.channels, width);
        t.channels = width;
        t.size /= 2;
    }

    /** Heads merged with the batch, as in torch.nn.MultiheadAttention. */
    private static void mergedHeads(GraphText t) {
        int heads = 2;
        int each = 3;
        var parts = new String[3];
        for (int i = 0; i < 3; i++) {
            var x = heads(t, linear(t, t.value, t.channels, heads * each), heads, each);
            parts[i] = t.op("Reshape", x, t.ints(-1, t.size, each));
        }
        var scores = t.op("MatMul", parts[0], t.transpose(parts[1], 0, 2, 1));
        var mixed = t.op("MatMul", t.node("Softmax(%s) axis=-1".formatted(scores)), parts[2]);
        var apart = t.op("Reshape", mixed, t.ints(-1, heads, t.size, each));
        var flat = t.reshape(t.transpose(apart, 0, 2, 1, 3), GraphText.BATCH, t.size, heads * each);
        t.value = t.op("Add", t.value, linear(t, flat, heads * each, t.channels));
    }

    /** Divided by the root of a width that is computed while the model runs. */
    private static void scaled(GraphText t) {
        linear(t);
        var width = t.op("Gather", t.op("Shape", t.value), t.index(2));
        t.value = t.op("Div", t.value, t.op("Sqrt", t.node("Cast(%s) to=1".formatted(width))));
    }

    private static void opaque(GraphText t) {
        var sorted = t.nodes(2, "TopK(%s, %s) axis=1".formatted(t.value, t.ints(t.size)));
        t.value = t.op("Add", t.value, sorted.getFirst());
    }
}
