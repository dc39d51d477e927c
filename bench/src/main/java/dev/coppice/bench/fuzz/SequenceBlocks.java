package dev.coppice.bench.fuzz;

import java.util.random.RandomGenerator;

/** Parts of models on [N, steps, features]. */
final class SequenceBlocks {

    private SequenceBlocks() {}

    private static String heads(ModelText m, int heads) {
        int width = m.width();
        var made = m.node("MatMul(%s, %s)".formatted(m.value(), m.weight(width, width)));
        var parts = m.node("Reshape(%s, %s)".formatted(made, m.numbers(0, 0, heads, width / heads)));
        return m.node("Transpose(%s) perm=[0,2,1,3]".formatted(parts));
    }

    static void attention(ModelText m, RandomGenerator random) {
        int count = random.nextBoolean() ? 2 : 4;
        var query = heads(m, count);
        var key = m.node("Transpose(%s) perm=[0,1,3,2]".formatted(heads(m, count)));
        var values = heads(m, count);
        var scores = m.node("Softmax(%s) axis=-1".formatted(m.node("MatMul(%s, %s)".formatted(query, key))));
        var mixed =
                m.node("Transpose(%s) perm=[0,2,1,3]".formatted(m.node("MatMul(%s, %s)".formatted(scores, values))));
        var merged = m.node("Reshape(%s, %s)".formatted(mixed, m.numbers(0, 0, m.width())));
        var out = m.node("MatMul(%s, %s)".formatted(merged, m.weight(m.width(), m.width())));
        m.then("Add($, " + out + ")");
    }

    private static String projected(ModelText m, int out) {
        return m.node("MatMul(%s, %s)".formatted(m.value(), m.weight(m.width(), out)));
    }

    static void fusedAttention(ModelText m, RandomGenerator random) {
        int width = m.width();
        if (random.nextBoolean()) {
            m.then("com.microsoft::Attention($, %s, %s) num_heads=2"
                    .formatted(m.weight(width, 3 * width), m.weight(3 * width)));
            return;
        }
        var all = projected(m, width) + ", " + projected(m, width) + ", " + projected(m, width);
        m.to(m.node(
                m.opset() >= 23 && random.nextBoolean()
                        ? "Attention(%s) q_num_heads=2 kv_num_heads=2".formatted(all)
                        : "com.microsoft::MultiHeadAttention(%s) num_heads=2".formatted(all)));
    }

    static void grouped(ModelText m, RandomGenerator random) {
        int width = m.width();
        var all = projected(m, width) + ", " + projected(m, width / 2) + ", " + projected(m, width / 2);
        var lengths = m.constant("int32[1]", "= 1");
        var total = m.constant("int32[]", "= " + (2 + random.nextInt(3)));
        m.to(m.node("com.microsoft::GroupQueryAttention(%s, , , %s, %s) num_heads=2 kv_num_heads=1"
                .formatted(all, lengths, total)));
    }

    static void recurrent(ModelText m, RandomGenerator random) {
        var cells = new String[] {"LSTM", "GRU", "RNN"};
        var gates = new int[] {4, 3, 1};
        int cell = random.nextInt(3);
        int hidden = 4 * (1 + random.nextInt(2));
        int directions = 1 + random.nextInt(2);
        m.then("Transpose($) perm=[1,0,2]");
        var w = m.weight(directions, gates[cell] * hidden, m.width());
        var r = m.weight(directions, gates[cell] * hidden, hidden);
        var b = m.weight(directions, 2 * gates[cell] * hidden);
        m.then("%s($, %s, %s, %s) hidden_size=%d direction=\"%s\""
                .formatted(cells[cell], w, r, b, hidden, directions == 2 ? "bidirectional" : "forward"));
        m.then("Transpose($) perm=[2,0,1,3]");
        m.then("Reshape($, %s)".formatted(m.numbers(0, 0, (long) directions * hidden)));
        m.width(directions * hidden);
    }

    static void feedForward(ModelText m, RandomGenerator random) {
        int inner = 8 * (1 + random.nextInt(3));
        var up = m.node("MatMul(%s, %s)".formatted(m.value(), m.weight(m.width(), inner)));
        var active = m.node(random.nextBoolean() ? "com.microsoft::Gelu(" + up + ")" : "Relu(" + up + ")");
        var down = m.node("MatMul(%s, %s)".formatted(active, m.weight(inner, m.width())));
        m.then("Add($, " + down + ")");
    }

    static void scan(ModelText m, RandomGenerator random) {
        int width = m.width();
        var start = m.constant("float[%d]".formatted(width), "fill 0");
        var made = m.nodes(2, """
            Scan(%s, %s) num_scan_inputs=1 body={
              input s float[%d]
              input e float[S,%d]
              t = ReduceMax(e) keepdims=0
              next = Add(s, t)
              o = Add(e, next)
              output next float[%d]
              output o float[S,%d]
            }\
            """.formatted(start, m.value(), width, width, width, width));
        m.to(made[1]);
    }

    static void rotary(ModelText m, RandomGenerator random) {
        int half = m.width() / 2;
        var halves = m.nodes(2, "Split(%s, %s) axis=2".formatted(m.value(), m.numbers(half, m.width() - half)));
        var turned = m.node("Concat(%s, %s) axis=-1".formatted(m.node("Neg(" + halves[1] + ")"), halves[0]));
        m.then("Add($, " + m.node("Mul(%s, %s)".formatted(turned, m.weight(m.width()))) + ")");
    }

    static void skipNorm(ModelText m, RandomGenerator random) {
        var again = m.node("Identity(" + m.value() + ")");
        m.then("com.microsoft::SkipLayerNormalization($, %s, %s, %s)"
                .formatted(again, m.weight(m.width()), m.weight(m.width())));
    }

    /** Goes on with one step. */
    static void last(ModelText m, RandomGenerator random) {
        if (random.nextBoolean()) {
            m.then("Gather($, %s) axis=1".formatted(m.constant("int64[]", "= 0")));
            return;
        }
        m.then(
                m.opset() >= 18
                        ? "ReduceMean($, %s) keepdims=0".formatted(m.numbers(1))
                        : "ReduceMean($) axes=[1] keepdims=0");
    }
}
