package dev.coppice.bench.int8;

import dev.coppice.bench.ocr.CtcDecoder;
import dev.coppice.bench.ocr.ErrorRate;
import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.pipeline.evidence.CalibrationData;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.progress.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A model to quantize, what to calibrate it on, and how to judge it on other data.
 *
 * @param sizes of the inputs for the latency
 */
record StaticCase(
        String name,
        Path model,
        Function<Model, CalibrationData> calibration,
        Judge judge,
        Map<String, List<Long>> sizes) {

    /** Says how good a version of the model is. */
    @FunctionalInterface
    interface Judge {
        Map<String, Object> judge(Path version, int threads);
    }

    private static final int SAMPLES = 250;

    static List<StaticCase> all(Path data, Path shared) {
        var cases = new ArrayList<StaticCase>();
        var imageNet = pixels("0.485,0.456,0.406", "0.229,0.224,0.225");
        cases.add(labelled(
                "resnet20",
                shared.resolve("models/resnet20.onnx"),
                DataSpec.parse("cifar10:" + data.resolve("cifar10")),
                DataSpec.parse("cifar10:" + data.resolve("cifar10")),
                imageNet,
                Map.of("input", List.of(1L, 3L, 32L, 32L))));
        var images = data.resolve("experiments/imagenet");
        cases.add(labelled(
                "efficientnet-lite0",
                shared.resolve("models/efficientnet_lite0.onnx"),
                DataSpec.parse("images:" + images.resolve("train")),
                DataSpec.parse("images:" + images.resolve("test")),
                pixels("0.498039,0.498039,0.498039", "0.501961,0.501961,0.501961"),
                Map.of("x", List.of(1L, 3L, 224L, 224L))));
        for (var version : List.of("v4", "v3")) {
            cases.add(recogniser(version, data));
        }
        for (var version : List.of("v4", "v3")) {
            cases.add(detector(version, data, images, imageNet));
        }
        return cases;
    }

    private static DataOptions pixels(String mean, String std) {
        return DataOptions.defaults()
                .withPreprocess(Preprocess.none()
                        .withMeanStd(Preprocess.parseNumbers(mean), Preprocess.parseNumbers(std))
                        .withLayout(Preprocess.Layout.NCHW));
    }

    private static Function<Model, CalibrationData> samples(DataSpec spec, DataOptions options, long samples) {
        return model -> new CalibrationData(spec, options, ModelInputs.ofBatches(model), samples);
    }

    private static StaticCase labelled(
            String name,
            Path model,
            DataSpec train,
            DataSpec test,
            DataOptions options,
            Map<String, List<Long>> sizes) {
        return new StaticCase(
                name,
                model,
                samples(train, options, SAMPLES),
                (version, threads) -> {
                    var quality = Evaluator.evaluate(
                            Evaluation.of(version, test, options).withThreads(threads), Progress.NONE);
                    var figures = new LinkedHashMap<String, Object>();
                    figures.put(quality.metric(), quality.value());
                    figures.put("samples", quality.samples());
                    return figures;
                },
                sizes);
    }

    /** Character errors on the rendered lines of bench/ocr.sh; calibrated on others. */
    private static StaticCase recogniser(String version, Path data) {
        var lines = data.resolve("experiments/ocr");
        return new StaticCase(
                "ppocr-rec-" + version,
                data.resolve("ppocr/ch_PP-OCR" + version + "_rec_infer.onnx"),
                samples(new DataSpec.Npz(lines.resolve("train.npz")), DataOptions.defaults(), SAMPLES),
                (model, threads) -> {
                    try {
                        var errors = ErrorRate.of(
                                model,
                                lines.resolve("test.npz"),
                                Files.readAllLines(lines.resolve("test.txt")),
                                new CtcDecoder(data.resolve("ppocr/ppocr_keys_v1.txt")),
                                threads);
                        var figures = new LinkedHashMap<String, Object>();
                        figures.put("cer", errors.characters());
                        figures.put("line-error-rate", errors.lines());
                        figures.put("samples", errors.readings().size());
                        return figures;
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                Map.of("x", List.of(1L, 3L, 48L, 320L)));
    }

    /** There are no labelled pages here: how far the maps of text are from the float model's, on photographs. */
    private static StaticCase detector(String version, Path data, Path images, DataOptions options) {
        var model = data.resolve("ppocr/ch_PP-OCR" + version + "_det_infer.onnx");
        var test = DataSpec.parse("images:" + images.resolve("test"));
        var resized = options.withPreprocess(options.preprocess().withSize(new Preprocess.Size(224, 224)));
        return new StaticCase(
                "ppocr-det-" + version,
                model,
                samples(DataSpec.parse("images:" + images.resolve("train")), resized, 100),
                (candidate, threads) -> {
                    var quality = Evaluator.evaluate(
                            new Evaluation(candidate, Optional.of(model), test, resized.withLimit(100), threads),
                            Progress.NONE);
                    var figures = new LinkedHashMap<String, Object>();
                    figures.put(quality.metric(), quality.value());
                    figures.putAll(quality.more());
                    figures.put("samples", quality.samples());
                    return figures;
                },
                Map.of("x", List.of(1L, 3L, 320L, 320L)));
    }
}
