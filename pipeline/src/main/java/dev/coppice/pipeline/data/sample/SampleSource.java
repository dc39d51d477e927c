package dev.coppice.pipeline.data.sample;

import org.jspecify.annotations.Nullable;

/** Samples one after the other, read as they are asked for. */
public interface SampleSource extends AutoCloseable {

    /** Returns the next sample, or null after the last one. */
    @Nullable
    Sample next();

    /** Returns the number of samples, or 0 when only reading would tell. */
    long total();

    @Override
    void close();
}
