package dev.coppice.cli;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import java.util.Set;

/** {@code coppice compress}: writes a model in fewer bits. */
final class CompressCommand extends CliCommand {

    private final Argument<Boolean> printRecipe;

    CompressCommand() {
        super(
                "compress",
                "Makes weights int8, in ordinary ONNX operators that ONNX Runtime fuses, and prints a receipt.");
        model("The ONNX model in float, pruned or not.");
        output(true);
        settingAs("keep", "int8-keep");
        settingAs("only", "int8-only");
        settings(Set.of("int8-keep", "int8-only"), Group.INT8, Group.DATA);
        settings("measure", "shape", "run", "force", "threads");
        printRecipe = flag("--print-recipe", "Print the recipe of this command as YAML, and do nothing.");
        footer(
                "",
                "dynamic: MatMul and Gemm; activations get their scales while the model runs. Needs no data.",
                "static:  Conv, Gemm and MatMul; scales of activations are found on --data beforehand.",
                "With --max-drop, layers are left in float until the quality on --data drops by no more.",
                "",
                "Examples:",
                "  coppice compress m.onnx -o m8.onnx --int8 dynamic",
                "  coppice compress m.onnx -o m8.onnx --int8 dynamic --int8-embeddings --measure",
                "  coppice compress m.onnx -o m8.onnx --int8 static --data cifar10:data/cifar10 --max-drop 0.005",
                "  coppice compress m.onnx -o m8.onnx --int8 dynamic --keep '*classifier*'");
    }

    @Override
    public Integer call() {
        var settings = settings();
        if (!settings.containsKey("int8")) {
            throw new UsageException(
                    "compress without --int8",
                    "give --int8 dynamic or --int8 static; packed storage of zeros is not there yet");
        }
        var recipe = Recipe.of(new Settings("", settings));
        if (printRecipe.isSet()) {
            console.print(() -> RecipeFile.yaml(recipe.describe()), recipe::describe);
            return ExitCode.DONE;
        }
        return PruneCommand.run(recipe, console);
    }
}
