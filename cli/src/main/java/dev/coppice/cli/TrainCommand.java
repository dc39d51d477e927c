package dev.coppice.cli;

import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import java.nio.file.Path;

/** {@code coppice train}: trains a model on labelled data. */
final class TrainCommand extends CliCommand {

    private final Argument<Boolean> printRecipe;

    TrainCommand() {
        super("train", "Trains any ONNX model that Coppice reads, and writes it with its new weights.");
        setting(parameter("MODEL", Path.class, "The ONNX model to train."));
        setting(output(true, "Where to write the trained model."));
        setting(option("--epochs", "N", Double.class, "Passes over the data; 0.5 is half a pass. Default 10."));
        settingNamed(
                "lr-schedule",
                option(
                        "--schedule",
                        "K",
                        String.class,
                        "Learning rate: one-cycle (default), cosine, step, cyclic, constant."));
        trainingSettings();
        runSetting();
        forceSetting();
        setting(option("--seed", "N", Long.class, "Seed of the order of the samples; default 0."));
        setting(threads());
        printRecipe = flag("--print-recipe", "Print the recipe of this command as YAML, and do nothing.");
        dataSettings();
        footer(
                "",
                "'coppice new' makes models with seeded random weights. With --run, a run that was killed goes on with",
                "'coppice resume DIR'.",
                "",
                "Examples:",
                "  coppice new lenet5 -o lenet5.onnx",
                "  coppice train lenet5.onnx -o trained.onnx --data idx:train-images,train-labels --epochs 10",
                "  coppice train resnet20.onnx -o t.onnx --data cifar10:data/cifar10 --epochs 30 --augment flip,crop4"
                        + " --run runs/r",
                "  coppice train resnet20.onnx -o sparse.onnx --data cifar10:data/cifar10 --epochs 30 --l1-scale 1e-4");
    }

    @Override
    public Integer call() {
        var settings = settings();
        settings.putIfAbsent("epochs", 10.0);
        var recipe = Recipe.of(new Settings("", settings));
        if (printRecipe.isSet()) {
            console.print(() -> RecipeFile.yaml(recipe.describe()), recipe::describe);
            return ExitCode.DONE;
        }
        return PruneCommand.run(recipe, console);
    }
}
