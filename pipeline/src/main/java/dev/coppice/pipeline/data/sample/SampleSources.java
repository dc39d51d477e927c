package dev.coppice.pipeline.data.sample;

import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;

/** Knows which class reads which data. */
public final class SampleSources {

    private SampleSources() {}

    /** Opens data; more samples than the options' limit may come. */
    public static SampleSource open(DataSpec.Samples spec, DataOptions options) {
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
}
