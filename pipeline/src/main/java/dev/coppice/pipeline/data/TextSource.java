package dev.coppice.pipeline.data;

import org.jspecify.annotations.Nullable;

/** Texts one after the other. */
interface TextSource extends AutoCloseable {

    /** Returns the next text, or null after the last one. */
    @Nullable
    String next();

    /** Returns the number of texts, or 0 when only reading would tell. */
    long total();

    @Override
    void close();
}
