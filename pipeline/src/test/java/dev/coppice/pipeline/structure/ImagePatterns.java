package dev.coppice.pipeline.structure;

import java.util.List;
import java.util.function.Consumer;

/** Patterns of [batch, channels, size, size]; each leaves a value of that form. */
final class ImagePatterns {

    static final List<Consumer<GraphText>> ALL = List.of(
            ImagePatterns::chain,
            ImagePatterns::residual,
            ImagePatterns::paddedShortcut,
            ImagePatterns::dense,
            ImagePatterns::splitAndJoin,
            ImagePatterns::slices,
            ImagePatterns::depthwise,
            ImagePatterns::grouped,
            ImagePatterns::channelShuffle,
            ImagePatterns::squeezeExcite,
            ImagePatterns::transposed,
            ImagePatterns::batchNorm,
            ImagePatterns::instanceNorm,
            ImagePatterns::groupNorm,
            ImagePatterns::layerNorm,
            ImagePatterns::depthToSpace,
            ImagePatterns::pixelShuffle,
            ImagePatterns::spaceToDepth,
            ImagePatterns::resize,
            ImagePatterns::sharedSlope,
            ImagePatterns::gate,
            ImagePatterns::siamese,
            ImagePatterns::selectedChannels,
            ImagePatterns::opaque);

    private ImagePatterns() {}

    static String conv(GraphText t, String x, int from, int to, int kernel, int groups) {
        var weight = t.weight(to, from / groups, kernel, kernel);
        var bias = t.chance(2) ? ", " + t.weight(to) : "";
        int pad = kernel / 2;
        return t.node(
                "Conv(%s, %s%s) group=%d pads=[%d,%d,%d,%d]".formatted(x, weight, bias, groups, pad, pad, pad, pad));
    }

    private static void chain(GraphText t) {
        int width = t.width(2);
        t.value = t.activation(conv(t, t.value, t.channels, width, t.chance(2) ? 1 : 3, 1));
        t.channels = width;
    }

    private static void residual(GraphText t) {
        int width = t.width(2);
        var inner = t.activation(conv(t, t.value, t.channels, width, 3, 1));
        var outer = conv(t, inner, width, t.channels, 1, 1);
        t.value = t.op(t.chance(4) ? "Mul" : t.chance(3) ? "Sum" : "Add", outer, t.value);
    }

    /** Option A of He et al. 2016: zeros for the channels that the shortcut does not have. */
    private static void paddedShortcut(GraphText t) {
        int before = t.random().nextInt(3);
        int after = 1 + t.random().nextInt(3);
        var shortcut = t.op("Pad", t.value, t.ints(0, before, 0, 0, 0, after, 0, 0));
        int width = t.channels + before + after;
        t.value = t.op("Add", conv(t, t.value, t.channels, width, 3, 1), shortcut);
        t.channels = width;
    }

    private static void dense(GraphText t) {
        int width = t.width(1);
        var more = t.activation(conv(t, t.value, t.channels, width, 3, 1));
        t.value = t.chance(2) ? t.concat(1, t.value, more) : t.concat(1, more, t.value);
        t.channels += width;
    }

    private static void splitAndJoin(GraphText t) {
        int left = 1 + t.random().nextInt(t.channels - 1);
        var parts = t.nodes(2, "Split(%s, %s) axis=1".formatted(t.value, t.ints(left, t.channels - left)));
        int width = t.width(1);
        t.value = t.concat(1, conv(t, parts.getFirst(), left, width, 1, 1), t.activation(parts.getLast()));
        t.channels += width - left;
    }

    private static void slices(GraphText t) {
        int at = 1 + t.random().nextInt(t.channels - 1);
        var left = t.slice(t.value, 1, 0, at, 1);
        var right = t.chance(2)
                ? t.slice(t.value, 1, at - t.channels, Integer.MAX_VALUE, 1)
                : t.slice(t.value, 1, at, t.channels, 1);
        int width = t.width(1);
        t.value =
                t.op("Add", conv(t, left, at, width, 1, 1), conv(t, t.activation(right), t.channels - at, width, 1, 1));
        t.channels = width;
    }

    private static void depthwise(GraphText t) {
        int times = 1 + t.random().nextInt(2);
        int width = t.width(2);
        var deep = t.activation(conv(t, t.value, t.channels, t.channels * times, 3, t.channels));
        t.value = conv(t, deep, t.channels * times, width, 1, 1);
        t.channels = width;
    }

    private static void grouped(GraphText t) {
        int groups = 2 + t.random().nextInt(2);
        int width = t.width(groups);
        var first = t.activation(conv(t, t.value, t.channels, width, 1, 1));
        int out = t.width(groups);
        t.value = t.activation(conv(t, first, width, out, 3, groups));
        t.channels = out;
    }

    private static void channelShuffle(GraphText t) {
        int width = t.width(2);
        var x = conv(t, t.value, t.channels, width, 1, 1);
        var apart = t.reshape(x, GraphText.BATCH, 2, width / 2, t.size, t.size);
        var together = t.reshape(t.transpose(apart, 0, 2, 1, 3, 4), GraphText.BATCH, width, t.size, t.size);
        t.value = conv(t, together, width, width, 3, t.chance(2) ? 2 : width);
        t.channels = width;
    }

    private static void squeezeExcite(GraphText t) {
        int width = t.width(1);
        var pooled = t.chance(2)
                ? t.op("GlobalAveragePool", t.value)
                : t.opset >= 18
                        ? t.node("ReduceMean(%s, %s)".formatted(t.value, t.ints(2, 3)))
                        : t.node("ReduceMean(%s) axes=[2,3]".formatted(t.value));
        var narrow = t.op("Relu", conv(t, pooled, t.channels, width, 1, 1));
        t.value = t.op("Mul", t.value, t.op("Sigmoid", conv(t, narrow, width, t.channels, 1, 1)));
    }

    private static void transposed(GraphText t) {
        int groups = t.channels % 2 == 0 && t.chance(2) ? 2 : 1;
        int width = t.width(groups);
        var weight = t.weight(t.channels, width / groups, 3, 3);
        var bias = t.chance(2) ? ", " + t.weight(width) : "";
        t.value = t.activation(
                t.node("ConvTranspose(%s, %s%s) pads=[1,1,1,1] group=%d".formatted(t.value, weight, bias, groups)));
        t.channels = width;
    }

    private static void batchNorm(GraphText t) {
        chain(t);
        t.value = t.activation(t.op(
                "BatchNormalization",
                t.value,
                t.weight(t.channels),
                t.weight(t.channels),
                t.weight(t.channels),
                t.filled(.8, t.channels)));
    }

    private static void instanceNorm(GraphText t) {
        t.value = t.op("InstanceNormalization", t.value, t.weight(t.channels), t.weight(t.channels));
    }

    /** GroupNorm as exporters write it. */
    private static void groupNorm(GraphText t) {
        int groups = 2;
        int width = t.width(groups);
        var x = conv(t, t.value, t.channels, width, 1, 1);
        var apart = t.reshape(x, GraphText.BATCH, groups, -1);
        var normed = t.op("InstanceNormalization", apart, t.filled(1, groups), t.filled(0, groups));
        var back = t.reshape(normed, GraphText.BATCH, width, t.size, t.size);
        t.value = t.op("Add", t.op("Mul", back, t.weight(width, 1, 1)), t.weight(width, 1, 1));
        t.channels = width;
    }

    private static void layerNorm(GraphText t) {
        var last = t.transpose(t.value, 0, 2, 3, 1);
        t.value = t.transpose(SequencePatterns.norm(t, last, t.channels), 0, 3, 1, 2);
    }

    private static void depthToSpace(GraphText t) {
        int width = t.width(1);
        var wide = conv(t, t.value, t.channels, 4 * width, 1, 1);
        var big = t.node("DepthToSpace(%s) blocksize=2 mode=\"%s\"".formatted(wide, t.chance(2) ? "DCR" : "CRD"));
        t.value = t.node("MaxPool(%s) kernel_shape=[2,2] strides=[2,2]".formatted(big));
        t.channels = width;
    }

    /** PixelShuffle as Reshape and Transpose. */
    private static void pixelShuffle(GraphText t) {
        int width = t.width(1);
        var wide = conv(t, t.value, t.channels, 4 * width, 1, 1);
        var apart = t.reshape(wide, GraphText.BATCH, width, 2, 2, t.size, t.size);
        var mixed = t.transpose(apart, 0, 1, 4, 2, 5, 3);
        var big = t.reshape(mixed, GraphText.BATCH, width, 2 * t.size, 2 * t.size);
        t.value = t.node("AveragePool(%s) kernel_shape=[2,2] strides=[2,2]".formatted(big));
        t.channels = width;
    }

    private static void spaceToDepth(GraphText t) {
        int width = t.width(1);
        var deep = t.node("SpaceToDepth(%s) blocksize=2".formatted(t.value));
        var back = t.node("DepthToSpace(%s) blocksize=2".formatted(conv(t, deep, 4 * t.channels, 4 * width, 1, 1)));
        t.value = t.activation(back);
        t.channels = width;
    }

    private static void resize(GraphText t) {
        var big = t.dynamic || t.chance(2)
                ? t.node("Resize(%s, , %s) mode=\"nearest\"".formatted(t.value, scales(t)))
                : t.node("Resize(%s, , , %s) mode=\"nearest\""
                        .formatted(t.value, t.ints(2, t.channels, 2 * t.size, 2 * t.size)));
        t.value = t.node("MaxPool(%s) kernel_shape=[2,2] strides=[2,2]".formatted(big));
    }

    private static String scales(GraphText t) {
        var name = t.fresh();
        t.line("const " + name + " float[4] = 1.0 1.0 2.0 2.0");
        return name;
    }

    /** One slope for two layers, through Identity. */
    private static void sharedSlope(GraphText t) {
        int width = t.width(2);
        var slope = t.weight(width, 1, 1);
        var first = t.op("PRelu", conv(t, t.value, t.channels, width, 1, 1), slope);
        t.value = t.op("PRelu", conv(t, first, width, width, 3, 1), t.op("Identity", slope));
        t.channels = width;
    }

    private static void gate(GraphText t) {
        int width = t.width(1);
        var both = conv(t, t.value, t.channels, 2 * width, 1, 1);
        var parts = t.nodes(2, "Split(%s, %s) axis=1".formatted(both, t.ints(width, width)));
        t.value = t.op("Mul", parts.getFirst(), t.op("Sigmoid", parts.getLast()));
        t.channels = width;
    }

    /** One weight for two branches. */
    private static void siamese(GraphText t) {
        int width = t.width(2);
        var weight = t.weight(width, t.channels, 1, 1);
        var left = t.node("Conv(%s, %s)".formatted(t.value, weight));
        var right = t.node("Conv(%s, %s)".formatted(t.op("Neg", t.value), weight));
        t.value = t.op(t.chance(2) ? "Max" : "Sub", left, t.activation(right));
        t.channels = width;
    }

    /** Every second channel, or some in another order. */
    private static void selectedChannels(GraphText t) {
        int width = t.width(2);
        var x = conv(t, t.value, t.channels, width, 1, 1);
        if (t.chance(2)) {
            t.value = t.concat(1, t.slice(x, 1, 1, width, 2), t.slice(x, 1, 0, width, 2));
            t.channels = width;
            return;
        }
        t.value = t.node("Gather(%s, %s) axis=1".formatted(x, t.ints(width - 1, 0, 1)));
        t.channels = 3;
    }

    private static void opaque(GraphText t) {
        if (t.chance(2)) {
            branches(t);
            return;
        }
        var parts = t.nodes(2, "TopK(%s, %s) axis=3 largest=1".formatted(t.value, t.ints(t.size)));
        t.value = t.activation(parts.getFirst());
    }

    /** What branches read stays; what reads their output can be cut behind it, its rank being declared. */
    private static void branches(GraphText t) {
        var type = "float[%s,%d,%d,%d]".formatted(t.batch(), t.channels, t.size, t.size);
        var condition = t.op("Greater", t.op("ReduceMax", t.value), t.filled(0));
        var read = t.value;
        var output = t.fresh();
        t.line(output + " = If(" + condition + ") then_branch={");
        t.line("output " + t.op("Relu", read) + " " + type);
        t.line("} else_branch={");
        t.line("output " + t.op("Neg", read) + " " + type);
        t.line("}");
        int width = t.width(1);
        t.value = conv(t, output, t.channels, width, 3, 1);
        t.channels = width;
    }
}
