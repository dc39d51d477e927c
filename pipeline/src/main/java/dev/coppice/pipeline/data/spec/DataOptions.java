package dev.coppice.pipeline.data.spec;

import dev.coppice.ir.UsageException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Which samples are used and how they reach the model.
 *
 * @param split the part of the data; empty leaves it to the command (test to evaluate, train to calibrate)
 * @param limit the most samples to use; empty for all
 * @param tokenizer a {@code tokenizer.json}, needed for texts
 * @param pooling how token vectors become one vector of a sentence
 */
public record DataOptions(
        Preprocess preprocess, Optional<Split> split, OptionalLong limit, Optional<Path> tokenizer, Pooling pooling) {

    /** A part of the data. */
    public enum Split {
        TRAIN,
        TEST,
        ALL
    }

    /** How token vectors become a sentence's vector: their mean over the attention mask, or the first one. */
    public enum Pooling {
        MEAN,
        CLS
    }

    public DataOptions {
        if (limit.isPresent() && limit.getAsLong() < 1) {
            throw new UsageException("a limit of " + limit.getAsLong() + " samples", "give 1 or more");
        }
    }

    /** Returns every sample, pixels in [0,1], mean pooling. */
    public static DataOptions defaults() {
        return new DataOptions(
                Preprocess.none(), Optional.empty(), OptionalLong.empty(), Optional.empty(), Pooling.MEAN);
    }

    public DataOptions withPreprocess(Preprocess steps) {
        return new DataOptions(steps, split, limit, tokenizer, pooling);
    }

    public DataOptions withSplit(Split part) {
        return new DataOptions(preprocess, Optional.of(part), limit, tokenizer, pooling);
    }

    public DataOptions withLimit(long samples) {
        return new DataOptions(preprocess, split, OptionalLong.of(samples), tokenizer, pooling);
    }

    public DataOptions withTokenizer(Path file) {
        return new DataOptions(preprocess, split, limit, Optional.of(file), pooling);
    }

    /** Returns these options with {@code part} chosen where the user chose none and the data has parts. */
    public DataOptions orSplit(DataSpec spec, Split part) {
        return split.isPresent() || !spec.hasSplits() ? this : withSplit(part);
    }

    /** Throws {@link UsageException} when a part is asked for that the data does not have. */
    public void requirePart(DataSpec spec) {
        if (split.orElse(Split.ALL) != Split.ALL && !spec.hasSplits()) {
            throw new UsageException(
                    "data '" + spec.text() + "' has no training and test part", "leave --split out: all of it is used");
        }
    }

    public long limitOr(long available) {
        return Math.min(available, limit.orElse(Long.MAX_VALUE));
    }

    public Path requireTokenizer(DataSpec spec) {
        return tokenizer.orElseThrow(() ->
                new UsageException("data '" + spec.text() + "' needs a tokenizer", "give --tokenizer tokenizer.json"));
    }
}
