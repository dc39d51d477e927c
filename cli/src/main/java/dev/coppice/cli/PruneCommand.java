package dev.coppice.cli;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.report.ReceiptText;
import dev.coppice.pipeline.run.RunDirectory;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code coppice prune}: sets weights to zero and writes the pruned model with a receipt. */
final class PruneCommand extends CliCommand {

    private final Argument<Boolean> printRecipe;

    PruneCommand() {
        super("prune", "Sets weights to zero or removes channels, heads or layers, and prints a receipt.");
        setting(parameter("MODEL", Path.class, "The ONNX model to prune."));
        setting(output(true, "Where to write the result."));
        setting(option(
                "--sparsity",
                "S",
                Double.class,
                "Share of the weights, or of the channels, to prune; from 0 to below 1."));
        setting(option("--max-nonzeros", "N", Long.class, "Keep exactly this many of the prunable weights."));
        setting(option("--max-macs", "R", Double.class, "Remove structure until this share of the MACs is left."));
        textSetting(
                "--max-latency",
                "R",
                "Remove structure until a measured run takes this share of the model's time, or a time such as 12ms.");
        textSetting(
                "--criterion",
                "C",
                "What to prune first: l1 (default), l2, random, wanda, apoz, ...; docs/criteria.md lists all.");
        textSetting(
                "--granularity",
                "G",
                "Zeros: unstructured (default), row, column, block:RxC, N:M (N of every M pruned). Removed: channel,"
                        + " head, channel+head, layer. Thresholds in the graph: activation.");
        textSetting(
                "--allocate",
                "A",
                "Who gives how much: uniform (default; wanda: row-uniform), global, erk, lamp; by --data: owl,"
                        + " sensitivity.");
        textSetting("--curves", "DIR", "With sensitivity: what 'coppice sensitivity --run DIR' has measured.");
        textSetting("--sparsities", "S,S,...", "With sensitivity: where to measure; default 0.1,0.3,0.5,0.7,0.9.");
        structureSettings();
        setting(repeatable("--keep", "GLOB", "Leave weights alone by weight or node name; repeatable."));
        setting(repeatable("--only", "GLOB", "Prune only these weights; repeatable."));
        recoverySettings();
        textSetting("--plan", "FILE", "Apply the plan.json of an earlier run, perhaps edited.");
        setting(flag("--drop-dead", "Remove channels that pruning has emptied; computes the same."));
        int8Settings();
        measureSettings();
        runSetting();
        forceSetting();
        setting(option("--seed", "N", Long.class, "Seed of the random criterion and of training; default 0."));
        setting(threads());
        printRecipe = flag("--print-recipe", "Print the recipe of this command as YAML, and do nothing.");
        dataSettings();
        examples();
    }

    private void examples() {
        footer(
                "",
                "Embeddings, biases and norm scales are left alone unless --only names nothing else.",
                "",
                "Examples:",
                "  coppice prune m.onnx -o p.onnx --sparsity 0.5",
                "  coppice prune m.onnx -o p.onnx --sparsity 0.8 --allocate global --keep '*classifier*'",
                "  coppice prune m.onnx -o p.onnx --granularity 2:4",
                "  coppice prune m.onnx -o p.onnx --max-nonzeros 5000000 --allocate erk",
                "  coppice prune m.onnx -o p.onnx --sparsity 0.5 --data cifar10:data/cifar10 --measure --run runs/a",
                "  coppice prune m.onnx -o p.onnx --sparsity 0.95 --schedule cubic --steps 5 --fine-tune 2 --data"
                        + " cifar10:data/cifar10",
                "  coppice prune m.onnx -o p.onnx --granularity 2:4 --distill 1 --data text:sentences.txt --tokenizer"
                        + " t.json",
                "  coppice prune m.onnx -o p.onnx --granularity channel --sparsity 0.5 --round-to 8",
                "  coppice prune m.onnx -o p.onnx --granularity channel+head --max-macs 0.5 --allocate global"
                        + " --criterion wanda --reconstruct --data text:sentences.txt --tokenizer t.json",
                "  coppice prune m.onnx -o p.onnx --granularity channel --sparsity 0.4 --criterion bn-scale --allocate"
                        + " global --l1-scale 1e-4 --fine-tune 10 --data cifar10:data/cifar10",
                "  coppice prune m.onnx -o p.onnx --granularity channel+head --max-macs 0.6 --int8 dynamic",
                "  coppice prune m.onnx -o p.onnx --plan runs/a/plan.json");
    }

    private void recoverySettings() {
        textSetting("--schedule", "K", "How sparsity rises: one-shot (default), linear, cubic, geometric.");
        setting(option(
                "--steps",
                "N",
                Integer.class,
                "Prune in N steps, with training after each; default 5 but for one-shot."));
        setting(option("--fine-tune", "EPOCHS", Double.class, "Train on --data after each step; 0.5 is half a pass."));
        setting(option(
                "--distill", "EPOCHS", Double.class, "Imitate the dense model on --data, which needs no labels."));
        setting(option(
                "--label-weight", "X", Double.class, "With --distill: share of the loss that labels have; default 0."));
        setting(option(
                "--feature-weight",
                "X",
                Double.class,
                "With --distill: what the ends of residual blocks count beside the outputs; default 0, texts 1."));
        setting(option("--temperature", "T", Double.class, "With --distill: softens classes; default 2, tokens 1."));
        textSetting(
                "--cache-teacher",
                "DIR",
                "With --distill: keep the dense model's outputs there, for every epoch and run.");
        setting(option(
                "--regrow",
                "S",
                Double.class,
                "Between steps, exchange this share of the kept weights for pruned ones that are missed; as 0.3."));
        textSetting(
                "--retrain",
                "R",
                "Learning rate: one-cycle (default), constant, lr-rewind, scaled-restart, cyclic, weight-rewind.");
        textSetting("--rewind-to", "MODEL", "With weight-rewind: the earlier state; default the model itself.");
        trainingSettings();
    }

    private void structureSettings() {
        textSetting("--aggregate", "A", "Of the norms of coupled matrices: mean (default), sum, max.");
        setting(option("--round-to", "K", Integer.class, "Numbers of channels that stay are multiples of K."));
        setting(option("--min-kept", "S", Double.class, "Leave at least this share of every group."));
        setting(flag("--include-normalised", "Cut channels that are normalised over (LayerNorm), too."));
        setting(flag("--mask-only", "Write zeros where structure would be removed: computes the same, to compare."));
        setting(repeatable(
                "--repair",
                "HOW",
                "Without training, on --data: least-squares (structure), bias, batch-norm; repeatable, or by commas."));
        setting(flag("--reconstruct", "The same as --repair least-squares."));
        setting(option("--calibrate", "N", Long.class, "Samples criteria and --repair look at; default 256."));
    }

    @Override
    public Integer call() {
        var recipe = Recipe.of(new Settings("", settings()));
        if (printRecipe.isSet()) {
            console.print(() -> RecipeFile.yaml(recipe.describe()), recipe::describe);
            return ExitCode.DONE;
        }
        return run(recipe, console);
    }

    /** Runs a recipe, goes on with its run where it was left, or tells of it where it is finished; tells the exit code. */
    static int run(Recipe recipe, Console console) {
        var state = Pipeline.state(recipe);
        if (state == RunDirectory.State.FINISHED && Files.exists(recipe.output())) {
            return FinishedRun.tell(recipe.run().orElseThrow(), console);
        }
        var receipt = state == RunDirectory.State.BEGUN
                ? Pipeline.resume(recipe, console.progress())
                : Pipeline.run(recipe, console.progress());
        return finish(receipt, console);
    }

    /** Prints the receipt and tells the exit code. */
    static int finish(Receipt receipt, Console console) {
        console.print(() -> ReceiptText.of(receipt), receipt::describe);
        return receipt.reached() ? ExitCode.DONE : ExitCode.NOT_REACHED;
    }
}
