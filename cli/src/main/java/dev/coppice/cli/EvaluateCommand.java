package dev.coppice.cli;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.Settings;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.measure.RandomInputs;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** {@code coppice evaluate}: measures a model's quality on real data. */
final class EvaluateCommand extends CliCommand {

    private static final int DRAWS = 4;

    private final Argument<Path> model;
    private final Argument<Path> reference;
    private final Argument<List<String>> shapes;
    private final Argument<Integer> threads;

    EvaluateCommand() {
        super(
                "evaluate",
                "Measures quality on real data: accuracy, Spearman correlation of sentence pairs, perplexity of token windows,",
                "or, with --reference, how close the outputs are to another model's (without data: on seeded random inputs).");
        model = parameter("MODEL", Path.class, "The ONNX model to evaluate.");
        reference = option("--reference", "MODEL", Path.class, "Compare with this model's outputs, not with labels.");
        shapes = repeatable("--shape", "NAME=SIZES", "Shape of random inputs, as x=1x3x48x320; repeatable.");
        threads = threads();
        dataSettings();
        footer(
                "",
                "Examples:",
                "  coppice evaluate m.onnx --data cifar10:data/cifar10 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
                "  coppice evaluate m.onnx --data sts:sts-test.csv --tokenizer tokenizer.json",
                "  coppice evaluate m.onnx --data tokens:heldout.u16",
                "  coppice evaluate pruned.onnx --reference dense.onnx",
                "  coppice evaluate pruned.onnx --reference dense.onnx --data text:lines.txt --tokenizer tokenizer.json");
    }

    @Override
    public Integer call() {
        var given = Recipe.data(new Settings("", settings()));
        int workers = threads.given().orElse(Runtime.getRuntime().availableProcessors());
        var quality = given.map(data -> evaluate(data, workers)).orElseGet(() -> compare(workers));
        var what = given.map(data -> data.spec().text()).orElse("random inputs");
        console.print(() -> text(quality), () -> describe(quality, what));
        return ExitCode.DONE;
    }

    private Quality evaluate(Recipe.Data data, int workers) {
        var evaluation = new Evaluation(model.value(), reference.given(), data.spec(), data.options(), workers);
        return Evaluator.evaluate(evaluation, console.progress());
    }

    private Quality compare(int workers) {
        var dense = reference
                .given()
                .orElseThrow(() -> new UsageException(
                        "--data is missing",
                        "say what to evaluate on, or give --reference to compare on random inputs; see --help"));
        var sizes = RandomInputs.parseShapes(shapes.given().orElse(List.of()));
        return Evaluator.compareOnRandomInputs(model.value(), dense, sizes, 0, DRAWS, workers);
    }

    private static String text(Quality quality) {
        var text = new StringBuilder(line(quality.metric(), quality.value()));
        quality.more().forEach((name, value) -> text.append(line(name, value)));
        return text.append("%-16s %,d%n".formatted("samples", quality.samples()))
                .toString();
    }

    private static String line(String name, double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%-16s %.1f%n" : "%-16s %.4f%n", name, value);
    }

    private Map<String, Object> describe(Quality quality, String spec) {
        var document = new LinkedHashMap<String, Object>();
        document.put("model", model.value().toString());
        document.put("data", spec);
        document.put("metric", quality.metric());
        document.put("value", quality.value());
        document.put(quality.metric(), quality.value());
        document.putAll(quality.more());
        document.put("samples", quality.samples());
        return document;
    }
}
