package dev.coppice.pipeline.structure;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A graph that a seed decides on: patterns one after the other, each drawn by a seed of its own, so that dropping one leaves the
 * others.
 *
 * @param start 0 for images, 1 for sequences, 2 for token ids
 * @param images seeds of patterns of images, {@code sequences} of those of sequences that follow
 * @param head seed of the end
 */
record RandomGraph(int opset, boolean dynamic, int start, List<Long> images, List<Long> sequences, long head) {

    private static final int VOCABULARY = 100;

    static RandomGraph of(long seed) {
        var random = new SplittableRandom(seed);
        int start = random.nextInt(5);
        start = start < 3 ? 0 : start - 2;
        var images = new ArrayList<Long>();
        var sequences = new ArrayList<Long>();
        if (start == 0) {
            random.longs(1 + random.nextInt(4)).forEach(images::add);
        }
        if (start > 0 || random.nextInt(3) == 0) {
            random.longs(1 + random.nextInt(3)).forEach(sequences::add);
        }
        int[] opsets = {13, 17, 18, 20};
        return new RandomGraph(
                opsets[random.nextInt(opsets.length)],
                random.nextBoolean(),
                start,
                images,
                sequences,
                random.nextLong());
    }

    String text() {
        var t = new GraphText(opset, dynamic);
        start(t);
        for (long seed : images) {
            t.seed(seed);
            ImagePatterns.ALL.get(t.random().nextInt(ImagePatterns.ALL.size())).accept(t);
        }
        t.seed(head);
        if (start == 0 && !sequences.isEmpty()) {
            var flat = t.reshape(t.value, GraphText.BATCH, t.channels, -1);
            t.value = t.transpose(flat, 0, 2, 1);
            t.size *= t.size;
        }
        for (long seed : sequences) {
            t.seed(seed);
            SequencePatterns.ALL
                    .get(t.random().nextInt(SequencePatterns.ALL.size()))
                    .accept(t);
        }
        t.seed(head);
        end(t);
        return t.text();
    }

    private void start(GraphText t) {
        t.seed(head);
        if (start == 0) {
            t.channels = 3;
            t.size = 4;
            t.line("input x float[" + t.batch() + ",3,4,4]");
            t.value = t.op("Relu", ImagePatterns.conv(t, "x", 3, 6, 3, 1));
            t.channels = 6;
        } else if (start == 1) {
            t.size = 6;
            t.line("input x float[" + t.batch() + ",6,5]");
            t.value = SequencePatterns.linear(t, "x", 5, 8);
            t.channels = 8;
        } else {
            t.size = 6;
            t.channels = 8;
            t.line("input input_ids int64[" + t.batch() + ",6]");
            t.value = t.op("Gather", t.weight(VOCABULARY, 8), "input_ids");
        }
    }

    private void end(GraphText t) {
        if (start > 0 || !sequences.isEmpty()) {
            if (t.chance(3)) {
                t.value = t.opset >= 18
                        ? t.node("ReduceMean(%s, %s) keepdims=0".formatted(t.value, t.ints(1)))
                        : t.node("ReduceMean(%s) axes=[1] keepdims=0".formatted(t.value));
            } else if (t.chance(2)) {
                t.value = t.node("Gather(%s, %s) axis=1".formatted(t.value, t.index(0)));
            }
            t.line("y = MatMul(" + t.value + ", " + t.weight(t.channels, 4) + ")");
        } else if (t.chance(3)) {
            var flat = t.chance(2)
                    ? t.op("Flatten", t.value)
                    : t.reshape(t.value, GraphText.BATCH, t.channels * t.size * t.size);
            t.line("y = Gemm(" + flat + ", " + t.weight(t.channels * t.size * t.size, 4) + ")");
        } else if (t.chance(2)) {
            var flat = t.op("Flatten", t.op("GlobalAveragePool", t.value));
            t.line("y = Gemm(" + flat + ", " + t.weight(4, t.channels) + ", " + t.weight(4) + ") transB=1");
        } else {
            t.line("y = Conv(" + t.value + ", " + t.weight(4, t.channels, 1, 1) + ")");
        }
        t.line("output y");
    }

    Model model() {
        return Dsl.model(text()).mapTensors(RandomGraph::scaled);
    }

    /** Divides matrices by the root of their rows' length, so that values neither vanish nor explode. */
    private static Tensor scaled(Tensor tensor) {
        if (tensor.type() != DType.FLOAT
                || tensor.dims().stream().filter(dim -> dim > 1).count() < 2) {
            return tensor;
        }
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        double by = Math.sqrt(
                (double) tensor.dims().size() > 2
                        ? (double) tensor.size() / tensor.dims().getFirst()
                        : tensor.dims().getFirst());
        var bytes = Arena.ofAuto().allocate(4L * values.length, 8);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (values[i] / by));
        }
        return tensor.withData(new TensorData.Bytes(bytes));
    }

    /** Returns the graphs that lack one pattern, or have a simpler frame. */
    List<RandomGraph> simpler() {
        var simpler = new ArrayList<RandomGraph>();
        for (int i = 0; i < images.size(); i++) {
            simpler.add(new RandomGraph(opset, dynamic, start, without(images, i), sequences, head));
        }
        for (int i = 0; i < sequences.size(); i++) {
            if (start > 0 || sequences.size() > 1) {
                simpler.add(new RandomGraph(opset, dynamic, start, images, without(sequences, i), head));
            } else {
                simpler.add(new RandomGraph(opset, dynamic, start, images, List.of(), head));
            }
        }
        if (dynamic) {
            simpler.add(new RandomGraph(opset, false, start, images, sequences, head));
        }
        return simpler;
    }

    private static List<Long> without(List<Long> list, int i) {
        var other = new ArrayList<>(list);
        other.remove(i);
        return other;
    }
}
