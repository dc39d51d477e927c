package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Node;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Turns a layer's values of one batch into samples: rows of inputs, and rows of outputs. */
final class Rows {

    /** Positions of a picture that are taken, at most: neighbours tell little more. */
    private static final int MOST_PER_PICTURE = 64;

    private final float[] inputs;
    private final float[] outputs;
    private final int count;

    private Rows(float[] inputs, float[] outputs, int count) {
        this.inputs = inputs;
        this.outputs = outputs;
        this.count = count;
    }

    float[] inputs() {
        return inputs;
    }

    float[] outputs() {
        return outputs;
    }

    int count() {
        return count;
    }

    /**
     * Takes samples.
     *
     * @param x the layer's inputs in the cut model: [..., K], or [N,C,H,W] of a Conv
     * @param y the dense model's outputs: [..., M], or [N,M,H',W']
     * @param group which of the layer's groups
     * @param kept those of the M outputs that the cut model's group has, too
     */
    static Rows of(Consumer consumer, int group, Batch batch, Values x, Values y, int[] kept, long seed) {
        return consumer.node().is("Conv")
                ? ofPictures(consumer, group, batch, x, y, kept, seed)
                : ofVectors(batch, x, y, kept);
    }

    /** A tensor's elements, row-major, taken out of native memory once for all groups of a layer. */
    @SuppressWarnings("ArrayRecordComponent") // read, never compared
    record Values(List<Long> dims, float[] elements) {
        static Values of(HostTensor tensor) {
            return new Values(tensor.dims(), tensor.toFloats());
        }
    }

    private static Rows ofVectors(Batch batch, Values x, Values y, int[] kept) {
        var dims = x.dims();
        var positions = Positions.of(batch, dims);
        int width = Math.toIntExact(dims.getLast());
        int outWidth = Math.toIntExact(y.dims().getLast());
        var rows = new ArrayList<Integer>();
        for (int row = 0; row < x.elements().length / width; row++) {
            if (positions.counts((long) row * width)) {
                rows.add(row);
            }
        }
        var from = x.elements();
        var to = y.elements();
        var inputs = new float[rows.size() * width];
        var outputs = new float[rows.size() * kept.length];
        for (int i = 0; i < rows.size(); i++) {
            System.arraycopy(from, rows.get(i) * width, inputs, i * width, width);
            for (int m = 0; m < kept.length; m++) {
                outputs[i * kept.length + m] = to[rows.get(i) * outWidth + kept[m]];
            }
        }
        return new Rows(inputs, outputs, rows.size());
    }

    private static Rows ofPictures(
            Consumer consumer, int group, Batch batch, Values x, Values y, int[] kept, long seed) {
        var in = picture(x);
        var out = picture(y);
        var window = new Window(consumer, group, in);
        var random = new SplittableRandom(seed);
        int area = out[2] * out[3];
        int each = Math.min(MOST_PER_PICTURE, area);
        int count = batch.samples() * each;
        var inputs = new float[count * consumer.inputs()];
        var outputs = new float[count * kept.length];
        var from = x.elements();
        var to = y.elements();
        int row = 0;
        for (int n = 0; n < batch.samples(); n++) {
            for (int i = 0; i < each; i++) {
                int at = each == area ? i : random.nextInt(area);
                window.copy(from, n, at / out[3], at % out[3], inputs, row * consumer.inputs());
                for (int m = 0; m < kept.length; m++) {
                    outputs[row * kept.length + m] = to[(n * out[1] + kept[m]) * area + at];
                }
                row++;
            }
        }
        return new Rows(inputs, outputs, count);
    }

    /** Returns {@code [N,C,H,W]}, also for {@code [N,C,W]}. */
    private static int[] picture(Values value) {
        var dims = value.dims().stream().mapToInt(Math::toIntExact).toArray();
        return dims.length == 4 ? dims : new int[] {dims[0], dims[1], 1, dims[2]};
    }

    /** What a convolution's kernel sees of a group's channels at one position: [C, kh, kw], zeros beyond the border. */
    private static final class Window {

        private final int[] in;
        private final int[] kernel;
        private final int[] strides;
        private final int[] dilations;
        private final int[] begins;
        private final int channels;
        private final int first;

        Window(Consumer consumer, int group, int[] in) {
            var node = consumer.node();
            this.in = in;
            kernel = consumer.kernel();
            strides = pair(node, "strides");
            dilations = pair(node, "dilations");
            channels = in[1] / consumer.groups();
            first = group * channels;
            begins = new int[2];
            var pads = node.intsAttribute("pads").orElse(List.of());
            for (int axis = 0; axis < 2; axis++) {
                // With one axis in space, that is the last one here.
                int at = axis - (2 - consumer.weight().dims().size() + 2);
                begins[axis] = switch (node.stringAttribute("auto_pad", "NOTSET")) {
                    case "SAME_UPPER" -> same(axis) / 2;
                    case "SAME_LOWER" -> (same(axis) + 1) / 2;
                    default -> at < 0 || pads.isEmpty() ? 0 : Math.toIntExact(pads.get(at));
                };
            }
        }

        private static int[] pair(Node node, String name) {
            var given = node.intsAttribute(name).orElse(List.of(1L, 1L));
            return new int[] {
                given.size() == 2 ? Math.toIntExact(given.getFirst()) : 1, Math.toIntExact(given.getLast())
            };
        }

        /** Returns how many zeros in all make as many outputs as there are strides in the input. */
        private int same(int axis) {
            int outputs = Math.ceilDiv(in[2 + axis], strides[axis]);
            int seen = (outputs - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
            return Math.max(0, seen - in[2 + axis]);
        }

        void copy(float[] from, int n, int y, int x, float[] to, int at) {
            int next = at;
            for (int c = first; c < first + channels; c++) {
                for (int ky = 0; ky < kernel[0]; ky++) {
                    int row = y * strides[0] + ky * dilations[0] - begins[0];
                    for (int kx = 0; kx < kernel[1]; kx++) {
                        int column = x * strides[1] + kx * dilations[1] - begins[1];
                        boolean inside = row >= 0 && row < in[2] && column >= 0 && column < in[3];
                        to[next++] = inside ? from[((n * in[1] + c) * in[2] + row) * in[3] + column] : 0;
                    }
                }
            }
        }
    }
}
