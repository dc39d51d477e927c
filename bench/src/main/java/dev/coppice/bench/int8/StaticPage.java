package dev.coppice.bench.int8;

import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes docs/static-int8.md from the results of {@link StaticExperiment}.
 *
 * <p>Arguments: the file of results, the page to write.
 */
public final class StaticPage {

    private static final List<String> VERSIONS = List.of("float", "minmax", "mse", "percentile", "max-drop");

    /** Versions in the table of latencies. */
    private static final List<String> TIMED = List.of("percentile", "max-drop");

    /** A model's name, what it is judged by, the field of the results, and whether that is a share to show in percent. */
    private record Line(String model, String measure, String field) {}

    private static final List<Line> LINES = List.of(
            new Line("resnet20", "ResNet-20, CIFAR-10 test, top-1 %", "top1"),
            new Line("efficientnet-lite0", "EfficientNet-Lite0, half of the ImageNet sample, top-1 %", "top1"),
            new Line("ppocr-rec-v4", "PP-OCRv4 recogniser, rendered lines, character error rate %", "cer"),
            new Line("ppocr-rec-v3", "PP-OCRv3 recogniser, the same lines, character error rate %", "cer"),
            new Line("ppocr-det-v4", "PP-OCRv4 detector, photographs, cosine with float %", "cosine"),
            new Line("ppocr-det-v3", "PP-OCRv3 detector, photographs, cosine with float %", "cosine"));

    private final Map<?, ?> cases;

    private StaticPage(Map<?, ?> cases) {
        this.cases = cases;
    }

    public static void main(String[] arguments) throws IOException {
        if (!(Json.read(Files.readString(Path.of(arguments[0]))) instanceof Map<?, ?> document)
                || !(document.get("cases") instanceof Map<?, ?> cases)) {
            throw new IOException(arguments[0] + " holds no cases");
        }
        Files.writeString(Path.of(arguments[1]), new StaticPage(cases).page());
    }

    private String page() {
        var page = new StringBuilder("""
                # Static int8

                `coppice compress MODEL -o OUT --int8 static --data SPEC` (or `prune ... --int8 static`) computes Conv, Gemm and MatMul on uint8 activations and int8
                weights: a scale and a zero point for each activation, found on `--int8-calibrate` samples of the data by `--int8-ranges percentile|mse|minmax`,
                a symmetric scale for each output channel of a weight, biases in int32. It is written with QuantizeLinear and DequantizeLinear,
                so that any runtime can read it, and so that ONNX Runtime fuses all of it into its integer kernels:

                - BatchNormalization, channel-wise Mul, Add, Sub, Div and zero padding go into the layers before or behind them first; an operator set from 7 to
                  12 is raised to 13.
                - Relu and Clip become the saturation of the codes. HardSwish in pieces becomes an addition that saturates, a product and a change of scale.
                - Add, Mul, Concat, Sigmoid, LeakyRelu, pools, and what only moves values (Reshape, Transpose, Slice, Split, nearest Resize, ...) go on in uint8 between
                  quantized layers; Pad works on the codes.
                - Layers that cannot be quantized, or that `--keep` or `--max-drop` leave in float, are listed with the reason.

                Zeros stay exact zeros, N:M stays N:M. The arithmetic is held bit for bit against scalar integers on random convolutions
                and Gemms (`StaticInt8ArithmeticTest`). ConvTranspose, recurrent layers and products of two activations stay in float.

                The figures below are written by `bench/int8.sh` from [the results](../bench/results/static-int8.json). Ranges were found on 250
                training samples (100 photographs for the detectors); other samples judge. The first columns have all layers in int8; *max-drop* is `percentile` with
                `--max-drop 0.01 --limit 16` on the samples of calibration. A dash means that the case has not been run. `percentile` is the default: the
                other two lose more nearly everywhere.

                ## Quality by way of calibration

                | model and measure | float | minmax | mse | percentile | max-drop |
                | --- | --- | --- | --- | --- | --- |
                """);
        for (var line : LINES) {
            page.append("| ").append(line.measure());
            for (var version : VERSIONS) {
                page.append(" | ").append(number(line.model() + "/" + version, line.field(), 100, "%.2f"));
            }
            page.append(" |\n");
        }
        page.append("""

                **All layers in int8 ruin the PP-OCR models**: depthwise convolutions near the input take values of very different size channel by
                channel, which one scale for all of them cannot hold. `--max-drop X` finds those layers by measuring each and leaves them in float;
                `--keep GLOB` names them. The receipt gives the error that each makes alone.

                ## Size and speed

                One thread of ONNX Runtime, float and int8 interleaved in one process, median of the rounds' ratios. `ms` depend on what else the machine did.

                | model | layers in int8 | bytes | of float | ms float | ms int8 | speed-up |
                | --- | --- | --- | --- | --- | --- | --- |
                """);
        for (var line : LINES) {
            for (var version : TIMED) {
                var built = line.model() + "/" + version;
                if (cases.containsKey(built)) {
                    timing(page, built, line.model() + "/latency-" + version);
                }
            }
        }
        return page.toString();
    }

    private void timing(StringBuilder page, String built, String timed) {
        page.append("| ").append(built);
        page.append(" | ").append(number(built, "layers", 1, "%.0f"));
        page.append(" | ").append(number(built, "bytes", 1, "%,.0f"));
        page.append(" | ").append(ratio(built, "bytes", "bytes-float"));
        page.append(" | ").append(number(timed, "ms-float", 1, "%.2f"));
        page.append(" | ").append(number(timed, "ms-int8", 1, "%.2f"));
        page.append(" | ").append(number(timed, "speedup", 1, "%.2fx")).append(" |\n");
    }

    private String number(String name, String field, double factor, String format) {
        return cases.get(name) instanceof Map<?, ?> result && result.get(field) instanceof Number number
                ? String.format(Locale.ROOT, format, factor * number.doubleValue())
                : "-";
    }

    private String ratio(String name, String field, String whole) {
        return cases.get(name) instanceof Map<?, ?> result
                        && result.get(field) instanceof Number number
                        && result.get(whole) instanceof Number all
                ? String.format(Locale.ROOT, "%.3f", number.doubleValue() / all.doubleValue())
                : "-";
    }
}
