package dev.coppice.pipeline.data;

/** One labelled vector or image. Not a record: records compare arrays by identity. */
final class Sample {

    static final int UNLABELLED = -1;

    private final float[] values;
    private final Extent extent;
    private final int label;
    private final String where;

    /** Channels, height and width; a plain vector is [1, 1, length]. */
    record Extent(int channels, int height, int width) {

        long size() {
            return (long) channels * height * width;
        }

        @Override
        public String toString() {
            return channels + "x" + height + "x" + width;
        }
    }

    Sample(float[] values, Extent extent, int label, String where) {
        this.values = values;
        this.extent = extent;
        this.label = label;
        this.where = where;
    }

    /** Returns [channels, height, width], row-major; the receiver may change them. */
    float[] values() {
        return values;
    }

    Extent extent() {
        return extent;
    }

    /** Returns the class, or {@link #UNLABELLED}. */
    int label() {
        return label;
    }

    /** Returns the sample's place in the data, for messages. */
    String where() {
        return where;
    }
}
