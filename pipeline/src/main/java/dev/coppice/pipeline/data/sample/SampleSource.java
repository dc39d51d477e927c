package dev.coppice.pipeline.data.sample;

import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import org.jspecify.annotations.Nullable;

/** Samples one after the other, read as they are asked for. */
public interface SampleSource extends AutoCloseable {

    /** Opens data; more samples than the options' limit may come. */
    static SampleSource open(DataSpec.Samples spec, DataOptions options) {
        var split = options.split().orElse(Split.ALL);
        long limit = options.limitOr(Long.MAX_VALUE);
        return switch (spec) {
            case DataSpec.Idx idx -> new IdxSource(idx);
            case DataSpec.Cifar10 cifar -> new Cifar10Source(cifar, split, limit);
            case DataSpec.Csv(var file) -> new CsvSource(file.toString(), DataFiles.open(file), _ -> true);
            case DataSpec.Images images -> new ImageSource(images, limit);
            case DataSpec.Digits() -> new DigitsSource(split);
        };
    }

    /** Returns the next sample, or null after the last one. */
    @Nullable
    Sample next();

    /** Returns the number of samples, or 0 when only reading would tell. */
    long total();

    @Override
    void close();
}
