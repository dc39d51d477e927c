package dev.coppice.cli;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.report.ReceiptText;
import dev.coppice.pipeline.run.RunDirectory;
import java.nio.file.Files;
import java.util.Set;

/** {@code coppice prune}: sets weights to zero and writes the pruned model with a receipt. */
final class PruneCommand extends CliCommand {

    private final Argument<Boolean> printRecipe;

    PruneCommand() {
        super("prune", "Sets weights to zero or removes channels, heads or layers, and prints a receipt.");
        model("The ONNX model to prune.");
        output(true);
        settings(
                Set.of("epochs", "lr-schedule", "model", "output"), // train's, and those above
                Group.GOAL,
                Group.values());
        printRecipe = flag("--print-recipe", "Print the recipe of this command as YAML, and do nothing.");
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
                        + " --criterion wanda --repair least-squares --data text:sentences.txt --tokenizer t.json",
                "  coppice prune m.onnx -o p.onnx --granularity channel --sparsity 0.4 --criterion bn-scale --allocate"
                        + " global --l1-scale 1e-4 --fine-tune 10 --data cifar10:data/cifar10",
                "  coppice prune m.onnx -o p.onnx --granularity channel+head --max-macs 0.6 --int8 dynamic",
                "  coppice prune m.onnx -o p.onnx --plan runs/a/plan.json");
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
