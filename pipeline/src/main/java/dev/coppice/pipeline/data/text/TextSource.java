package dev.coppice.pipeline.data.text;

import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Texts one after the other. */
interface TextSource extends AutoCloseable {

    /** Opens texts, as many as the options allow; of sentence pairs that many pairs. */
    static TextSource open(DataSpec.Texts spec, DataOptions options) {
        long limit = options.limitOr(Long.MAX_VALUE);
        return switch (spec) {
            case DataSpec.Text(var file) -> new TextLines(file, limit);
            case DataSpec.Sts(var file) -> of(StsPairs.sentences(file, limit));
            case DataSpec.Beir(var dir) -> {
                var set = RetrievalSet.read(dir, limit);
                yield of(options.split().equals(Optional.of(Split.TRAIN)) ? set.documents() : set.texts());
            }
        };
    }

    /** Returns texts that are in memory. */
    private static TextSource of(List<String> texts) {
        var left = texts.iterator();
        return new TextSource() {
            @Override
            public @Nullable String next() {
                return left.hasNext() ? left.next() : null;
            }

            @Override
            public long total() {
                return texts.size();
            }

            @Override
            public void close() {
                // Files were read whole.
            }
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
