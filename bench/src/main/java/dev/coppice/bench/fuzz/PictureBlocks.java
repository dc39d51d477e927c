package dev.coppice.bench.fuzz;

import java.util.random.RandomGenerator;

/** Parts of models on [N, channels, height, width]. */
final class PictureBlocks {

    private PictureBlocks() {}

    static void conv(ModelText m, RandomGenerator random) {
        int out = 4 * (1 + random.nextInt(4));
        int kernel = random.nextBoolean() ? 1 : 3;
        m.then("Conv($, %s, %s) pads=[%d,%d,%d,%d]"
                .formatted(
                        m.weight(out, m.width(), kernel, kernel),
                        m.weight(out),
                        kernel / 2,
                        kernel / 2,
                        kernel / 2,
                        kernel / 2));
        m.width(out);
        m.then("Relu($)");
    }

    static void grouped(ModelText m, RandomGenerator random) {
        int groups = random.nextBoolean() ? m.width() : 2;
        m.then("Conv($, %s) group=%d pads=[1,1,1,1]".formatted(m.weight(m.width(), m.width() / groups, 3, 3), groups));
    }

    static void residual(ModelText m, RandomGenerator random) {
        var before = m.value();
        int width = m.width();
        conv(m, random);
        m.then("Conv($, " + m.weight(width, m.width(), 1, 1) + ")");
        m.width(width);
        m.then("Add($, " + before + ")");
    }

    static void dense(ModelText m, RandomGenerator random) {
        var before = m.value();
        int width = m.width();
        conv(m, random);
        m.then("Concat($, " + before + ") axis=1");
        m.width(width + m.width());
    }

    static void norm(ModelText m, RandomGenerator random) {
        var g = m.weight(m.width());
        var b = m.weight(m.width());
        m.then(
                switch (random.nextInt(4)) {
                    case 0 -> "InstanceNormalization($, %s, %s)".formatted(g, b);
                    case 1 ->
                        m.opset() >= 21
                                ? "GroupNormalization($, %s, %s) num_groups=2".formatted(g, b)
                                : "LRN($) size=3";
                    default ->
                        "BatchNormalization($, %s, %s, %s, %s)"
                                .formatted(g, b, b, m.constant("float[" + m.width() + "]", "fill 1.0"));
                });
    }

    static void pool(ModelText m, RandomGenerator random) {
        m.then((random.nextBoolean() ? "MaxPool" : "AveragePool") + "($) kernel_shape=[3,3] pads=[1,1,1,1]");
    }

    static void resize(ModelText m, RandomGenerator random) {
        m.then("Resize($, , %s) mode=\"nearest\"".formatted(m.constant("float[4]", "= 1.0 1.0 2.0 2.0")));
        m.then("MaxPool($) kernel_shape=[2,2] strides=[2,2]");
    }

    static void transposed(ModelText m, RandomGenerator random) {
        int groups = random.nextBoolean() ? 1 : 2;
        m.then("ConvTranspose($, %s) group=%d pads=[1,1,1,1]".formatted(m.weight(m.width(), 4, 3, 3), groups));
        m.width(4 * groups);
    }

    static void shuffle(ModelText m, RandomGenerator random) {
        int width = m.width();
        m.then("Reshape($, %s)".formatted(m.numbers(0, 2, width / 2, 8, 8)));
        m.then("Transpose($) perm=[0,2,1,3,4]");
        m.then("Reshape($, %s)".formatted(m.numbers(0, width, 8, random.nextBoolean() ? 8 : -1)));
    }

    static void excite(ModelText m, RandomGenerator random) {
        var x = m.value();
        int width = m.width();
        m.then("GlobalAveragePool($)");
        m.then("Conv($, " + m.weight(4, width, 1, 1) + ")");
        m.then("Conv($, " + m.weight(width, 4, 1, 1) + ")");
        m.then(random.nextBoolean() ? "Sigmoid($)" : "HardSigmoid($)");
        m.then("Mul($, " + x + ")");
    }

    static void folded(ModelText m, RandomGenerator random) {
        var mode = random.nextBoolean() ? "DCR" : "CRD";
        m.then("SpaceToDepth($) blocksize=2");
        m.then("Conv($, " + m.weight(8, 4 * m.width(), 1, 1) + ")");
        m.then("DepthToSpace($) blocksize=2 mode=\"%s\"".formatted(mode));
        m.width(2);
        conv(m, random);
    }

    static void deformed(ModelText m, RandomGenerator random) {
        if (m.opset() < 19) {
            conv(m, random);
            return;
        }
        var offsets = m.node("Conv(%s, %s)".formatted(m.value(), m.weight(2, m.width(), 1, 1)));
        m.then("DeformConv($, %s, %s)".formatted(m.weight(8, m.width(), 1, 1), offsets));
        m.width(8);
    }

    /** Goes on with [N, channels]. */
    static void flat(ModelText m, RandomGenerator random) {
        if (random.nextBoolean()) {
            m.then("GlobalAveragePool($)");
            m.then("Flatten($)");
            return;
        }
        m.then("Flatten($)");
        m.then("MatMul($, " + m.weight(64 * m.width(), 8) + ")");
        m.width(8);
    }
}
