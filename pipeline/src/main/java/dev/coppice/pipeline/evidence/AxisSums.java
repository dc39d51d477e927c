package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;

/** Running sums over the values at each index of an axis, in float64: as much memory whatever the number of samples. */
final class AxisSums {

    /** Independent sums in a row of neighbours, so that additions need not wait for each other. */
    private static final int LANES = 4;

    private final Watch watch;
    private final boolean all;
    private final double threshold;
    private double[] squares = new double[0];
    private double[] magnitudes = new double[0];
    private double[] values = new double[0];
    private double[] zeros = new double[0];
    private double[] image = new double[0]; // sums of squares of every element of a sample, for kernels
    private long[] imageDims = new long[0];
    private double[] places = new double[0]; // of each channel's kernel
    private double placesSeen;
    private double imageSamples;
    private long count;

    /**
     * Begins.
     *
     * @param all whether to keep more than squares
     * @param threshold magnitudes up to this one count as zeros
     */
    AxisSums(Watch watch, boolean all, double threshold) {
        this.watch = watch;
        this.all = all;
        this.threshold = threshold;
    }

    void add(Batch batch, HostTensor output, float[] elements) {
        var dims = output.dims();
        int axis = watch.axis(dims.size());
        int size = Math.toIntExact(dims.get(axis));
        if (squares.length == 0) {
            squares = new double[size];
            magnitudes = new double[all ? size : 0];
            values = new double[all ? size : 0];
            zeros = new double[all ? size : 0];
        }
        var positions = Positions.of(batch, dims);
        if (watch.kernel().isPresent()) {
            addImages(elements, dims, positions);
            return;
        }
        int inner = Math.toIntExact(dims.subList(axis + 1, dims.size()).stream().reduce(1L, Math::multiplyExact));
        boolean selective = axis > 0;
        if (inner == 1) {
            for (int i = 0; i < elements.length; i += size) {
                if (!selective || positions.counts(i)) {
                    addRow(elements, i, size);
                    count++;
                }
            }
            return;
        }
        long counted = 0;
        for (int i = 0; i < elements.length; i += inner) {
            if (!selective || positions.counts(i)) {
                addRun(elements, i, inner, i / inner % size);
                counted += inner;
            }
        }
        count += counted / size;
    }

    private void addRow(float[] elements, int from, int size) {
        for (int c = 0; c < size; c++) {
            double value = elements[from + c];
            squares[c] += value * value;
        }
        if (all) {
            for (int c = 0; c < size; c++) {
                double value = elements[from + c];
                values[c] += value;
                magnitudes[c] += Math.abs(value);
                zeros[c] += Math.abs(value) <= threshold ? 1 : 0;
            }
        }
    }

    private void addRun(float[] elements, int from, int length, int index) {
        var lanes = new double[LANES];
        int end = from + length / LANES * LANES;
        for (int i = from; i < end; i += LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                double value = elements[i + lane];
                lanes[lane] += value * value;
            }
        }
        for (int i = end; i < from + length; i++) {
            lanes[0] += (double) elements[i] * elements[i];
        }
        squares[index] += lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
        if (all) {
            double sum = 0;
            double absolute = 0;
            int none = 0;
            for (int i = from; i < from + length; i++) {
                double value = elements[i];
                sum += value;
                absolute += Math.abs(value);
                none += Math.abs(value) <= threshold ? 1 : 0;
            }
            values[index] += sum;
            magnitudes[index] += absolute;
            zeros[index] += none;
        }
    }

    private void addImages(float[] elements, List<Long> dims, Positions positions) {
        var own =
                dims.subList(1, dims.size()).stream().mapToLong(Long::longValue).toArray();
        int size = elements.length / Math.toIntExact(dims.getFirst());
        if (!java.util.Arrays.equals(own, imageDims)) {
            fold();
            imageDims = own;
            image = new double[size];
        }
        for (int n = 0; n < dims.getFirst(); n++) {
            if (!positions.counts((long) n * size)) {
                continue;
            }
            imageSamples++;
            for (int i = 0, at = n * size; i < size; i++, at++) {
                image[i] += (double) elements[at] * elements[at];
            }
        }
    }

    /** Turns the image that has been summed up into sums for the places of the kernel. */
    private void fold() {
        var kernel = watch.kernel();
        if (imageDims.length == 0 || kernel.isEmpty()) {
            return;
        }
        int channels = (int) imageDims[0];
        int each = kernel.get().positions();
        if (places.length == 0) {
            places = new double[channels * each];
        }
        var lengths = java.util.Arrays.copyOfRange(imageDims, 1, imageDims.length);
        double outputs = 1;
        for (int axis = 0; axis < lengths.length; axis++) {
            outputs *= kernel.get().outputs(axis, lengths[axis]);
        }
        int pixels = image.length / channels;
        for (int c = 0; c < channels; c++) {
            var own = kernel.get().fold(java.util.Arrays.copyOfRange(image, c * pixels, (c + 1) * pixels), lengths);
            for (int place = 0; place < each; place++) {
                places[c * each + place] += own[place];
            }
        }
        placesSeen += imageSamples * outputs;
        imageSamples = 0;
        imageDims = new long[0];
    }

    /** Returns the mean squares: by index, or by channel and place of the kernel. */
    double[] meanSquares() {
        if (watch.kernel().isPresent()) {
            fold();
            return over(places, placesSeen);
        }
        return over(squares, (double) count);
    }

    double[] means() {
        return over(values, (double) count);
    }

    double[] meanMagnitudes() {
        return over(magnitudes, (double) count);
    }

    double[] zeroShares() {
        return over(zeros, (double) count);
    }

    double[] variances() {
        var means = means();
        var variances = meanSquares();
        for (int i = 0; i < variances.length; i++) {
            variances[i] = Math.max(0, variances[i] - means[i] * means[i]);
        }
        return variances;
    }

    private static double[] over(double[] sums, double count) {
        var means = sums.clone();
        for (int i = 0; i < means.length && count > 0; i++) {
            means[i] /= count;
        }
        return means;
    }
}
