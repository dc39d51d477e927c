package dev.coppice.cli;

import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import java.util.Set;

/** {@code coppice train}: trains a model on labelled data. */
final class TrainCommand extends CliCommand {

    private final Argument<Boolean> printRecipe;

    TrainCommand() {
        super("train", "Trains any ONNX model that Coppice reads, and writes it with its new weights.");
        model("The ONNX model to train.");
        output(true);
        settings("epochs");
        settingAs("schedule", "lr-schedule");
        settings(Set.of("lr-schedule"), Group.TRAINING, Group.DATA);
        settings("run", "force", "seed", "threads");
        printRecipe = flag("--print-recipe", "Print the recipe of this command as YAML, and do nothing.");
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
