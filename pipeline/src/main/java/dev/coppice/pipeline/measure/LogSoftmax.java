package dev.coppice.pipeline.measure;

/** The cross-entropy of one row of logits. */
final class LogSoftmax {

    private LogSoftmax() {}

    /** Returns {@code log(sum(exp(x))) - x[label]} for the {@code count} logits from {@code from}; NaN if any is NaN. */
    static double loss(float[] logits, int from, int count, int label) {
        float max = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            max = Math.max(max, logits[i]);
        }
        double sum = 0;
        for (int i = from; i < from + count; i++) {
            sum += Math.exp(logits[i] - max);
        }
        return Math.log(sum) + max - logits[from + label];
    }
}
