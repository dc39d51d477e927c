package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Turns a layer's values of one batch into samples: rows of inputs, and rows of outputs. */
final class LayerSamples {

    /** Positions of a picture that are taken, at most: neighbours tell little more. */
    private static final int MOST_PER_PICTURE = 64;

    private final float[] inputs;
    private final float[] outputs;
    private final int count;

    private LayerSamples(float[] inputs, float[] outputs, int count) {
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
     * @param x the layer's inputs in the cut model: [..., K], or [N,C,H,W] of a convolution
     * @param y the dense model's outputs: [..., M], or [N,M,H',W']
     * @param group which of the layer's groups
     * @param kept those of the M outputs that the cut model's group has, too
     */
    static LayerSamples of(Consumer consumer, int group, Batch batch, Values x, Values y, int[] kept, long seed) {
        return consumer.isConvolution()
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

    private static LayerSamples ofVectors(Batch batch, Values x, Values y, int[] kept) {
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
        return new LayerSamples(inputs, outputs, rows.size());
    }

    private static LayerSamples ofPictures(
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
        return new LayerSamples(inputs, outputs, count);
    }

    /** Returns {@code [N,C,H,W]}, also for {@code [N,C,W]}. */
    private static int[] picture(Values value) {
        var dims = value.dims().stream().mapToInt(Math::toIntExact).toArray();
        return dims.length == 4 ? dims : new int[] {dims[0], dims[1], 1, dims[2]};
    }
}
