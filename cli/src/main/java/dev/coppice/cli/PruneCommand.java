package dev.coppice.cli;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.RecipeFile;
import dev.coppice.pipeline.Settings;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.report.ReceiptText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code coppice prune}: sets weights to zero and writes the pruned model with a receipt. */
@Command(
        name = "prune",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Prunes the weights of Conv, ConvTranspose, Gemm, MatMul, LSTM, GRU and RNN, and prints a receipt.",
        footer = {
            "",
            "Embeddings, biases and norm scales are left alone unless --only names nothing else.",
            "",
            "Examples:",
            "  coppice prune m.onnx -o p.onnx --sparsity 0.5",
            "  coppice prune m.onnx -o p.onnx --sparsity 0.8 --allocate global --keep '*classifier*'",
            "  coppice prune m.onnx -o p.onnx --granularity 2:4",
            "  coppice prune m.onnx -o p.onnx --max-nonzeros 5000000 --allocate erk",
            "  coppice prune m.onnx -o p.onnx --sparsity 0.5 --data cifar10:data/cifar10 --measure --run runs/a",
            "  coppice prune m.onnx -o p.onnx --plan runs/a/plan.json"
        })
final class PruneCommand implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "The ONNX model to prune.")
    private String model;

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "OUT",
            description = "Where to write the result.")
    private String output;

    @Option(names = "--sparsity", paramLabel = "S", description = "Share of the weights to prune, from 0 to below 1.")
    private @Nullable Double sparsity;

    @Option(names = "--max-nonzeros", paramLabel = "N", description = "Keep exactly this many of the prunable weights.")
    private @Nullable Long maxNonZeros;

    @Option(names = "--criterion", paramLabel = "C", description = "What to prune first: l1 (default), l2, random.")
    private @Nullable String criterion;

    @Option(
            names = "--granularity",
            paramLabel = "G",
            description = "unstructured (default), row, column, block:RxC, N:M (N of every M pruned).")
    private @Nullable String granularity;

    @Option(
            names = "--allocate",
            paramLabel = "A",
            description = "Who gives how much: uniform (default), row-uniform, global, erk, lamp.")
    private @Nullable String allocate;

    @Option(
            names = "--keep",
            paramLabel = "GLOB",
            description = "Leave weights alone by weight or node name; repeatable.")
    private @Nullable List<String> keep;

    @Option(names = "--only", paramLabel = "GLOB", description = "Prune only these weights; repeatable.")
    private @Nullable List<String> only;

    @Option(
            names = "--plan",
            paramLabel = "FILE",
            description = "Apply the plan.json of an earlier run, perhaps edited.")
    private @Nullable String plan;

    @Option(names = "--measure", description = "Measure latency and gzip size for the receipt, too.")
    private boolean measure;

    @Option(names = "--run", paramLabel = "DIR", description = "Leave recipe, plan, provenance and receipt there.")
    private @Nullable String run;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the random criterion; default 0.")
    private @Nullable Long seed;

    @Option(names = "--threads", paramLabel = "N", description = "Default: one per processor.")
    private @Nullable Integer threads;

    @Option(names = "--print-recipe", description = "Print the recipe of this command as YAML, and do nothing.")
    private boolean printRecipe;

    @Mixin
    private DataArguments data;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var recipe = Recipe.of(new Settings("", settings()));
        if (printRecipe) {
            console.print(() -> RecipeFile.yaml(recipe.describe()), recipe::describe);
            return ExitCode.DONE;
        }
        return finish(Pipeline.run(recipe, console.progress()), console);
    }

    /** Prints the receipt and tells the exit code. */
    static int finish(Receipt receipt, Console console) {
        console.print(() -> ReceiptText.of(receipt), receipt::describe);
        return receipt.reached() ? ExitCode.DONE : ExitCode.NOT_REACHED;
    }

    private Map<String, Object> settings() {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("model", model);
        settings.put("output", output);
        DataArguments.put(settings, "sparsity", sparsity);
        DataArguments.put(settings, "max-nonzeros", maxNonZeros);
        DataArguments.put(settings, "criterion", criterion);
        DataArguments.put(settings, "granularity", granularity);
        DataArguments.put(settings, "allocate", allocate);
        DataArguments.put(settings, "keep", keep);
        DataArguments.put(settings, "only", only);
        DataArguments.put(settings, "plan", plan);
        DataArguments.put(settings, "measure", measure ? true : null);
        DataArguments.put(settings, "run", run);
        DataArguments.put(settings, "seed", seed);
        DataArguments.put(settings, "threads", threads);
        data.addTo(settings);
        return settings;
    }
}
