package dev.coppice.bench.recovery;

import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes docs/structured-results.md from the results of {@link Experiments}.
 *
 * <p>Arguments: the file of results, the page to write.
 */
public final class StructuredPage {

    private StructuredPage() {}

    public static void main(String[] arguments) throws IOException {
        if (!(Json.read(Files.readString(Path.of(arguments[0]))) instanceof Map<?, ?> document)
                || !(document.get("cases") instanceof Map<?, ?> cases)) {
            throw new IOException(arguments[0] + " holds no cases");
        }
        var page = new StringBuilder("""
                # What structured pruning keeps

                Written by `bench/structured.sh` from [the results](../bench/results/structured.json), which hold every setting.
                *wanda*, *l2* and *random* choose what goes and are repaired by least squares where the case says so, *distilled* goes on from there
                with the dense model as the teacher. No labels were used but for ResNet-20's training, where they have a tenth of the loss. Its networks
                in multiples of 8 channels (*round-8*) were trained at a rate of .02, the others at .05; *inner* cuts within residual blocks only.
                *features* is distilled with `--feature-weight 64`, ResNet-20 at .02. Dense: MiniLM .8203 Spearman on STS-B test, ResNet-20 .9173 on CIFAR-10 test.
                `MACs` and `latency` (ONNX Runtime, in the same process as the dense model) are shares of the dense model's; the latencies were taken on
                loaded machines, those of *features* with AVX2 only, where ONNX Runtime's blocks are 8 channels wide and not 16.
                Training carries last bits far: ResNet-20 trained again, after least squares of another build or at half the rate, came out up to half
                a point apart. Less than that between two of its networks is no difference.

                | case | metric | value | target | MACs | latency | file | seconds |
                | --- | --- | --- | --- | --- | --- | --- | --- |
                """);
        var sorted = new TreeMap<String, Object>();
        cases.forEach((name, value) -> sorted.put(name.toString(), value));
        sorted.forEach((name, value) -> {
            if (value instanceof Map<?, ?> result) {
                page.append("| %s | %s | %s | %s | %s | %s | %s | %s |%n"
                        .formatted(
                                name.replace("structured/", ""),
                                result.get("metric"),
                                number("%.4f", result.get("value")),
                                number("%.4f", result.get("target")),
                                number("%.3f", result.get("macs-ratio")),
                                number("%.3f", result.get("latency-ms-ratio")),
                                number("%.3f", result.get("bytes-ratio")),
                                number("%.0f", result.get("seconds"))));
            }
        });
        Files.writeString(Path.of(arguments[1]), page);
    }

    private static String number(String format, @Nullable Object value) {
        return value instanceof Number number && Double.isFinite(number.doubleValue())
                ? String.format(Locale.ROOT, format, number.doubleValue())
                : "";
    }
}
