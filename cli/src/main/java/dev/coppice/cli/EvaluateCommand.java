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
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code coppice evaluate}: measures a model's quality on real data. */
@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures quality on real data: accuracy, Spearman correlation of sentence pairs, perplexity of token windows,",
            "or, with --reference, how close the outputs are to another model's (without data: on seeded random inputs)."
        },
        footer = {
            "",
            "Examples:",
            "  coppice evaluate m.onnx --data cifar10:data/cifar10 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
            "  coppice evaluate m.onnx --data sts:sts-test.csv --tokenizer tokenizer.json",
            "  coppice evaluate m.onnx --data tokens:heldout.u16",
            "  coppice evaluate pruned.onnx --reference dense.onnx",
            "  coppice evaluate pruned.onnx --reference dense.onnx --data text:lines.txt --tokenizer tokenizer.json"
        })
final class EvaluateCommand implements Callable<Integer> {

    private static final int DRAWS = 4;

    @Parameters(paramLabel = "MODEL", description = "The ONNX model to evaluate.")
    private Path model;

    @Option(
            names = "--reference",
            paramLabel = "MODEL",
            description = "Compare with this model's outputs, not with labels.")
    private @Nullable Path reference;

    @Option(
            names = "--shape",
            paramLabel = "NAME=SIZES",
            description = "Shape of random inputs, as x=1x3x48x320; repeatable.")
    private List<String> shapes = List.of();

    @Option(names = "--threads", paramLabel = "N", description = "Default: one per processor.")
    private @Nullable Integer threads;

    @Mixin
    private DataArguments data;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var settings = new LinkedHashMap<String, Object>();
        data.addTo(settings);
        var given = Recipe.data(new Settings("", settings));
        int workers = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
        var quality = given.map(data -> evaluate(data, workers)).orElseGet(() -> compare(workers));
        var what = given.map(data -> data.spec().text()).orElse("random inputs");
        console.print(() -> text(quality), () -> describe(quality, what));
        return ExitCode.DONE;
    }

    private Quality evaluate(Recipe.Data data, int workers) {
        var evaluation = new Evaluation(model, Optional.ofNullable(reference), data.spec(), data.options(), workers);
        return Evaluator.evaluate(evaluation, console.progress());
    }

    private Quality compare(int workers) {
        if (reference == null) {
            throw new UsageException(
                    "--data is missing",
                    "say what to evaluate on, or give --reference to compare on random inputs; see --help");
        }
        return Evaluator.compareOnRandomInputs(model, reference, RandomInputs.parseShapes(shapes), 0, DRAWS, workers);
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
        document.put("model", model.toString());
        document.put("data", spec);
        document.put("metric", quality.metric());
        document.put("value", quality.value());
        document.put(quality.metric(), quality.value());
        document.putAll(quality.more());
        document.put("samples", quality.samples());
        return document;
    }
}
