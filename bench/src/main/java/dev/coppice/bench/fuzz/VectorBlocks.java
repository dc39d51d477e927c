package dev.coppice.bench.fuzz;

import java.util.random.RandomGenerator;

/** Parts of models on [N, features]. */
final class VectorBlocks {

    private VectorBlocks() {}

    static void gemm(ModelText m, RandomGenerator random) {
        int out = 4 * (1 + random.nextInt(6));
        boolean transposed = random.nextBoolean();
        var w = transposed ? m.weight(out, m.width()) : m.weight(m.width(), out);
        var b = m.weight(out);
        m.then("Gemm($, %s, %s) transB=%d".formatted(w, b, transposed ? 1 : 0));
        m.width(out);
        m.then("Relu($)");
    }

    static void projection(ModelText m, RandomGenerator random) {
        int out = 4 * (1 + random.nextInt(6));
        m.then("MatMul($, " + m.weight(m.width(), out) + ")");
        m.then("Add($, " + m.weight(random.nextBoolean() ? out : 1) + ")");
        m.width(out);
    }

    static void norm(ModelText m, RandomGenerator random) {
        var g = m.weight(m.width());
        if (random.nextBoolean() && m.opset() >= 17) {
            m.then("LayerNormalization($, %s, %s)".formatted(g, m.weight(m.width())));
            return;
        }
        var x = m.value();
        var mean = m.node("ReduceMean(%s%s".formatted(x, m.opset() >= 18 ? ", " + m.numbers(-1) + ")" : ") axes=[-1]"));
        m.to(m.node("Sub(%s, %s)".formatted(x, mean)));
        m.then("Mul($, " + g + ")");
    }

    static void gated(ModelText m, RandomGenerator random) {
        int out = 8 * (1 + random.nextInt(3));
        m.then("MatMul($, " + m.weight(m.width(), 2 * out) + ")");
        var halves = m.nodes(2, "Split(%s, %s) axis=1".formatted(m.value(), m.numbers(out, out)));
        m.to(m.node("Mul(%s, %s)".formatted(m.node("Sigmoid(" + halves[0] + ")"), halves[1])));
        m.width(out);
    }

    static void quantized(ModelText m, RandomGenerator random) {
        var scale = m.constant("float[]", "= 0.05");
        var zero = m.constant("uint8[]", "= 128");
        m.then("QuantizeLinear($, %s, %s)".formatted(scale, zero));
        m.then("DequantizeLinear($, %s, %s)".formatted(scale, zero));
        if (random.nextBoolean()) {
            var codes = m.constant("int8[%d,8]".formatted(m.width()), "fill 3");
            var w = m.node("DequantizeLinear(%s, %s) axis=1".formatted(codes, m.constant("float[8]", "fill 0.01")));
            m.then("MatMul($, " + w + ")");
            m.width(8);
        }
    }

    static void half(ModelText m, RandomGenerator random) {
        var types = new String[] {"float16", "double", "bfloat16"};
        var codes = new int[] {10, 11, 16};
        int type = random.nextInt(types.length);
        m.then("Cast($) to=" + codes[type]);
        m.then("MatMul($, " + m.constant("%s[%d,8]".formatted(types[type], m.width()), "seed 3") + ")");
        m.then("Cast($) to=1");
        m.width(8);
    }

    static void wide(ModelText m, RandomGenerator random) {
        int times = 2 + random.nextInt(3);
        var all = (m.value() + ", ").repeat(times);
        m.to(m.node("Concat(%s) axis=1".formatted(all.substring(0, all.length() - 2))));
        m.width(times * m.width());
        projection(m, random);
    }

    static void selection(ModelText m, RandomGenerator random) {
        switch (random.nextInt(4)) {
            case 0 ->
                m.then("Slice($, %s, %s, %s, %s)"
                        .formatted(m.numbers(0), m.numbers(m.width() / 2), m.numbers(1), m.numbers(1)));
            case 1 -> m.then("Gather($, %s) axis=1".formatted(m.numbers(0, 2, 1)));
            case 2 -> m.then("Pad($, %s)".formatted(m.numbers(0, 1, 0, 2)));
            default -> m.then("Tile($, %s)".formatted(m.numbers(1, 2)));
        }
        reduced(m);
    }

    /** Ends with a known width, whatever the one before. */
    private static void reduced(ModelText m) {
        var mean = m.opset() >= 18
                ? "ReduceMean($, %s) keepdims=1".formatted(m.numbers(1))
                : "ReduceMean($) axes=[1] keepdims=1";
        m.then(mean);
        m.then("MatMul($, " + m.weight(1, 8) + ")");
        m.width(8);
    }

    static void branch(ModelText m, RandomGenerator random) {
        var condition = m.constant("bool[]", random.nextBoolean() ? "= 1" : "= 0");
        var w = m.weight(m.width(), m.width());
        m.then("""
            If(%s) then_branch={
              p = MatMul($, %s)
              output p float[N,%d]
            } else_branch={
              q = Neg($)
              output q float[N,%d]
            }\
            """.formatted(condition, w, m.width(), m.width()));
    }

    static void loop(ModelText m, RandomGenerator random) {
        var trips = m.constant("int64[]", "= " + (1 + random.nextInt(3)));
        var go = m.constant("bool[]", "= 1");
        var w = m.weight(m.width(), m.width());
        m.then("""
            Loop(%s, %s, $) body={
              input i int64[]
              input go bool[]
              input h float[N,%d]
              again = Identity(go)
              next = MatMul(h, %s)
              output again bool[]
              output next float[N,%d]
            }\
            """.formatted(trips, go, m.width(), w, m.width()));
    }

    static void einsum(ModelText m, RandomGenerator random) {
        m.then("Einsum($, %s) equation=\"ij,jk->ik\"".formatted(m.weight(m.width(), 8)));
        m.width(8);
        m.then("PRelu($, " + m.weight(random.nextBoolean() ? 8 : 1) + ")");
    }

    /** Values made of shapes. */
    static void generated(ModelText m, RandomGenerator random) {
        var shape = m.node("Shape(" + m.value() + ")");
        if (random.nextBoolean()) {
            var zeros = m.node("ConstantOfShape(%s)".formatted(shape));
            m.then("Add($, " + zeros + ")");
            return;
        }
        var row = m.weight(1, m.width());
        m.then("Mul($, " + m.node("Expand(%s, %s)".formatted(row, shape)) + ")");
    }

    static void computedWeight(ModelText m, RandomGenerator random) {
        int half = m.width() / 2;
        var parts = m.node("Concat(%s, %s) axis=0".formatted(m.weight(half, 8), m.weight(m.width() - half, 8)));
        var w = random.nextBoolean()
                ? parts
                : m.node("Transpose(%s) perm=[1,0]".formatted(m.node("Transpose(" + parts + ") perm=[1,0]")));
        m.then("MatMul($, " + w + ")");
        m.width(8);
    }

    static void sorted(ModelText m, RandomGenerator random) {
        var best = m.nodes(2, "TopK(%s, %s) axis=1".formatted(m.value(), m.numbers(1)));
        m.to(best[0]);
        reduced(m);
    }
}
