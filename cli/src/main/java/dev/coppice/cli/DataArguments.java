package dev.coppice.cli;

import dev.coppice.pipeline.data.DataSpec;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which data to use and how to feed them. */
final class DataArguments {

    @Option(names = "--data", paramLabel = "SPEC", description = "Data to measure quality on: " + DataSpec.FORMS)
    private @Nullable String data;

    @Option(names = "--tokenizer", paramLabel = "FILE", description = "tokenizer.json, for texts.")
    private @Nullable String tokenizer;

    @Option(names = "--mean", paramLabel = "A,B,C", description = "Mean per channel, on pixels scaled to [0,1].")
    private @Nullable String mean;

    @Option(names = "--std", paramLabel = "A,B,C", description = "Standard deviation per channel, likewise.")
    private @Nullable String std;

    @Option(names = "--size", paramLabel = "HxW", description = "Resize images to this height and width.")
    private @Nullable String size;

    @Option(
            names = "--layout",
            paramLabel = "nchw|nhwc",
            description = "Order of image axes, if not as the model says.")
    private @Nullable String layout;

    @Option(
            names = "--pooling",
            paramLabel = "mean|cls",
            description = "From token vectors to a sentence's; default mean.")
    private @Nullable String pooling;

    @Option(
            names = "--split",
            paramLabel = "train|test|all",
            description = "Part of the data; default test to evaluate.")
    private @Nullable String split;

    @Option(names = "--limit", paramLabel = "N", description = "Use only the first N samples.")
    private @Nullable Long limit;

    /** Adds what was given to the settings. */
    void addTo(Map<String, Object> settings) {
        put(settings, "data", data);
        put(settings, "tokenizer", tokenizer);
        put(settings, "mean", mean);
        put(settings, "std", std);
        put(settings, "size", size);
        put(settings, "layout", layout);
        put(settings, "pooling", pooling);
        put(settings, "split", split);
        put(settings, "limit", limit);
    }

    static void put(Map<String, Object> settings, String name, @Nullable Object value) {
        if (value != null) {
            settings.put(name, value);
        }
    }
}
