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
     * @param kept those of the M outputs that the cut model has, too
     */
    static Rows of(Consumer consumer, Batch batch, HostTensor x, HostTensor y, int[] kept, long seed) {
        return consumer.node().is("Conv")
                ? ofPictures(consumer, batch, x, y, kept, seed)
                : ofVectors(batch, x, y, kept);
    }

    private static Rows ofVectors(Batch batch, HostTensor x, HostTensor y, int[] kept) {
        var dims = x.dims();
        var positions = Positions.of(batch, dims);
        int width = Math.toIntExact(dims.getLast());
        int outWidth = Math.toIntExact(y.dims().getLast());
        var rows = new ArrayList<Integer>();
        for (int row = 0; row < x.size() / width; row++) {
            if (positions.counts((long) row * width)) {
                rows.add(row);
            }
        }
        var from = x.toFloats();
        var to = y.toFloats();
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

    private static Rows ofPictures(Consumer consumer, Batch batch, HostTensor x, HostTensor y, int[] kept, long seed) {
        var in = x.dims().stream().mapToInt(Math::toIntExact).toArray();
        var out = y.dims().stream().mapToInt(Math::toIntExact).toArray();
        var window = new Window(consumer, in);
        var random = new SplittableRandom(seed);
        int area = out[2] * out[3];
        int each = Math.min(MOST_PER_PICTURE, area);
        int count = batch.samples() * each;
        var inputs = new float[count * consumer.inputs()];
        var outputs = new float[count * kept.length];
        var from = x.toFloats();
        var to = y.toFloats();
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

    /** What a convolution's kernel sees at one position: [C, kh, kw], zeros beyond the border. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Window(int[] in, int kernelHeight, int kernelWidth, int[] strides, int[] pads) {

        Window(Consumer consumer, int[] in) {
            this(
                    in,
                    Math.toIntExact(consumer.weight().dims().get(2)),
                    Math.toIntExact(consumer.weight().dims().get(3)),
                    ints(consumer.node(), "strides", List.of(1L, 1L)),
                    ints(consumer.node(), "pads", List.of(0L, 0L, 0L, 0L)));
        }

        private static int[] ints(Node node, String name, List<Long> otherwise) {
            return node.intsAttribute(name).orElse(otherwise).stream()
                    .mapToInt(Math::toIntExact)
                    .toArray();
        }

        void copy(float[] from, int n, int y, int x, float[] to, int at) {
            int next = at;
            for (int c = 0; c < in[1]; c++) {
                for (int ky = 0; ky < kernelHeight; ky++) {
                    int row = y * strides[0] + ky - pads[0];
                    for (int kx = 0; kx < kernelWidth; kx++) {
                        int column = x * strides[1] + kx - pads[1];
                        boolean inside = row >= 0 && row < in[2] && column >= 0 && column < in[3];
                        to[next++] = inside ? from[((n * in[1] + c) * in[2] + row) * in[3] + column] : 0;
                    }
                }
            }
        }
    }
}
