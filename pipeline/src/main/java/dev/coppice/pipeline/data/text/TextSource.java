package dev.coppice.pipeline.data.text;

import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import org.jspecify.annotations.Nullable;

/** Texts one after the other. */
interface TextSource extends AutoCloseable {

    /** Opens texts, as many as the options allow; of sentence pairs that many pairs. */
    static TextSource open(DataSpec.Texts spec, DataOptions options) {
        long limit = options.limitOr(Long.MAX_VALUE);
        return switch (spec) {
            case DataSpec.Text(var file) -> new TextLines(file, limit);
            case DataSpec.Sts(var file) -> StsPairs.sentences(file, limit);
        };
    }

    /** Returns the next text, or null after the last one. */
    @Nullable
    String next();

    /** Returns the number of texts, or 0 when only reading would tell. */
    long total();

    @Override
    void close();
}
