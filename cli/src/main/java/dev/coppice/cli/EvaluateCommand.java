package dev.coppice.cli;

import dev.coppice.ir.DType;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.quantize.Int8Alone;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

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
                "Measures quality on real data: accuracy, Spearman correlation of sentence pairs, perplexity of token"
                        + " windows, or, with --reference, how close the outputs are to another model's (without data: on"
                        + " seeded random inputs).");
        model = parameter("MODEL", Path.class, "The ONNX model to evaluate.");
        reference = option("--reference", "MODEL", Path.class, "Compare with this model's outputs, not with labels.");
        shapes = repeatable("--shape", "NAME=SIZES", "Shape of random inputs, as x=1x3x48x320; repeatable.");
        threads = threads();
        settings(Set.of("test-data"), Group.DATA);
        footer(
                "",
                "Examples:",
                "  coppice evaluate m.onnx --data cifar10:data/cifar10 --mean 0.485,0.456,0.406 --std"
                        + " 0.229,0.224,0.225",
                "  coppice evaluate m.onnx --data sts:sts-test.csv --tokenizer tokenizer.json",
                "  coppice evaluate m.onnx --data tokens:heldout.u16",
                "  coppice evaluate pruned.onnx --reference dense.onnx",
                "  coppice evaluate pruned.onnx --reference dense.onnx --data text:lines.txt --tokenizer"
                        + " tokenizer.json");
    }

    @Override
    public Integer call() {
        var given = Recipe.data(new Settings("", settings()));
        int workers = threads.given().orElse(Runtime.getRuntime().availableProcessors());
        var quality = given.map(data -> evaluate(data, workers)).orElseGet(() -> compare(workers));
        var what = given.map(data -> data.spec().text()).orElse("random inputs");
        var int8 = given.filter(_ -> reference.given().isEmpty()).flatMap(data -> inInt8(data, workers));
        console.print(() -> text(quality, int8), () -> describe(quality, int8, what));
        return ExitCode.DONE;
    }

    /** Measures what the model in int8 alone, without pruning, would still know. */
    private Optional<Quality> inInt8(Recipe.Data data, int workers) {
        var alone = Int8Alone.dynamic(OnnxReader.read(model.value()), workers);
        try {
            return alone.map(int8 -> Evaluator.evaluate(
                    Evaluation.of(int8.file(), data.spec(), data.options()).withThreads(workers), console.progress()));
        } finally {
            alone.ifPresent(Int8Alone::close);
        }
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
        var sizes = sizes(shapes);
        return Evaluator.compareOnRandomInputs(model.value(), dense, sizes, 0, DRAWS, workers);
    }

    private String text(Quality quality, Optional<Quality> int8) {
        var text = new StringBuilder(line(quality.metric(), quality.value()));
        quality.more().forEach((name, value) -> text.append(line(name, value)));
        int8.ifPresent(alone -> text.append(line("in int8 alone", alone.value())));
        text.append("%-16s %,d%n".formatted("samples", quality.samples()));
        var passedOver = passedOver();
        if (!passedOver.isEmpty()) {
            text.append("note: no tensors of numbers, and passed over: %s%n".formatted(passedOver));
        }
        return text.toString();
    }

    /** Returns the outputs that nothing can be compared with. */
    private List<String> passedOver() {
        var graph = OnnxReader.read(model.value()).graph();
        return graph.outputs().stream()
                // The maps that ZipMap makes of probabilities are read as those.
                .filter(output -> graph.nodes().stream()
                        .noneMatch(node ->
                                node.opType().equals("ZipMap") && node.outputs().contains(output.name())))
                .filter(output -> output.type() == DType.STRING
                        || (output.type() == null && output.carried().fields().byteSize() > 0))
                .map(ValueInfo::name)
                .toList();
    }

    private static String line(String name, double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 1000 ? "%-16s %.1f%n" : "%-16s %.4f%n", name, value);
    }

    private Map<String, Object> describe(Quality quality, Optional<Quality> int8, String spec) {
        var document = new LinkedHashMap<String, Object>();
        document.put("model", model.value().toString());
        document.put("data", spec);
        document.put("metric", quality.metric());
        document.put("value", quality.value());
        document.put(quality.metric(), quality.value());
        document.putAll(quality.more());
        document.put("samples", quality.samples());
        int8.ifPresent(alone -> document.put("int8-alone", alone.value()));
        return document;
    }
}
