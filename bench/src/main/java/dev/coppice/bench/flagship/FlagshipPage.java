package dev.coppice.bench.flagship;

import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes docs/flagship.md and its plot from the results of {@link Flagship}.
 *
 * <p>Arguments: the file of results, the page to write, the picture to write.
 */
public final class FlagshipPage {

    private static final double FASTER_TARGET = 3.7;
    private static final double FASTEST_TARGET = 4.6;

    private FlagshipPage() {}

    public static void main(String[] arguments) throws IOException {
        if (!(Json.read(Files.readString(Path.of(arguments[0]))) instanceof Map<?, ?> document)
                || !(document.get("models") instanceof Map<?, ?> models)) {
            throw new IOException(arguments[0] + " holds no models");
        }
        var results = new LinkedHashMap<String, Map<?, ?>>();
        models.forEach((name, value) -> {
            if (value instanceof Map<?, ?> map) {
                results.put(name.toString(), map);
            }
        });
        Files.writeString(Path.of(arguments[1]), page(results, document.get("peer")));
        Files.writeString(Path.of(arguments[2]), FlagshipPlot.svg(results));
    }

    private static String page(Map<String, Map<?, ?>> results, @Nullable Object peer) {
        var page = new StringBuilder("""
                # The flagship: structure and int8 together

                ![Spearman against latency](flagship.svg)

                Written by `bench/flagship.sh` from [the results](../bench/results/flagship.json). MiniLM (all-MiniLM-L6-v2), Spearman on STS-B test;
                ONNX Runtime, one thread, all models interleaved in one process, speed-ups against dense fp32 within rounds, median, and of the
                fastest runs, which a busy machine disturbs least. *768-9*: every
                feed-forward layer from 1536 to 768 neurons and 12 to 9 heads; *512-8* likewise; *global*: the same MACs, spent where they cost least.
                Cut models are distilled from the dense one without labels (`bench/structured.sh`); where the table says *not trained*, that
                has not been done and only size and latency tell something. int8 is dynamic, embeddings in int8, too. `dense int8` is the line to beat.

                Beside int8, `coppice compress` splits every LayerNormalization of [batch, rows, width] into InstanceNormalization, a product and a
                sum: ONNX Runtime's kernel of the first sums a row one number after another, that of the second in vectors. The line *norms split* is the
                dense fp32 model with this alone, and `dense int8` has it, too. It pays on few threads (the kernel of InstanceNormalization
                uses one), so it is left out for more than 8.

                | model | Spearman | file | 1 x 128: speed-up (of the fastest runs) | 8 x 32: speed-up (of the fastest runs) | |
                | --- | --- | --- | --- | --- | --- |
                """);
        results.forEach((name, result) -> page.append("| %s | %s | %s MB | %s (%s) | %s (%s) | %s |%n"
                .formatted(
                        name,
                        number("%.4f", result.get("spearman"), 1),
                        number("%.1f", result.get("bytes"), 1e-6),
                        number("%.2fx", result.get("speed-up-1x128"), 1),
                        number("%.2fx", result.get("speed-up-of-fastest-1x128"), 1),
                        number("%.2fx", result.get("speed-up-8x32"), 1),
                        number("%.2fx", result.get("speed-up-of-fastest-8x32"), 1),
                        Boolean.TRUE.equals(result.get("trained")) ? "" : "not trained")));
        page.append(String.format(
                Locale.ROOT,
                "%nTargets: %.1fx at .812 or more, %.1fx at .808 or more (1 x 128).%n",
                FASTER_TARGET,
                FASTEST_TARGET));
        if (peer instanceof Map<?, ?> figures) {
            page.append("""

                    Beside ONNX Runtime's own Python quantizer (`bench/peers/quantize_dynamic.py`: the same MatMuls, a scale per channel): our
                    file runs %s (1 x 128) and %s (8 x 32) as fast, Spearman %s against %s.
                    """.formatted(
                            number("%.3fx", figures.get("ours-speed-up-1x128"), 1),
                            number("%.3fx", figures.get("ours-speed-up-8x32"), 1),
                            number("%.4f", figures.get("ours-spearman"), 1),
                            number("%.4f", figures.get("spearman"), 1)));
        }
        return page.toString();
    }

    static String number(String format, @Nullable Object value, double factor) {
        return value instanceof Number number ? String.format(Locale.ROOT, format, number.doubleValue() * factor) : "";
    }
}
