package dev.coppice.cli;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.RecipeFile;
import java.nio.file.Path;

/** {@code coppice run}: does what a recipe file says. */
final class RunCommand extends CliCommand {

    private final Argument<Path> recipe;

    RunCommand() {
        super("run", "Runs a recipe (YAML or JSON); options given here go over what the recipe says.");
        recipe = parameter("RECIPE", Path.class, "The recipe file.");
        textSetting("--model", "MODEL", "The ONNX model to prune.");
        setting(output(false, "Where to write the result."));
        runSetting();
        setting(threads());
        dataSettings();
        footer(
                "",
                "A recipe has the options of 'coppice prune' without dashes, one a line, and 'layers', a sparsity per glob.",
                "'coppice prune ... --print-recipe' writes one.",
                "",
                "Examples:",
                "  coppice run recipe.yaml",
                "  coppice run recipe.yaml --model other.onnx -o other-pruned.onnx");
    }

    @Override
    public Integer call() {
        var settings = RecipeFile.read(recipe.value()).with(settings());
        return PruneCommand.finish(Pipeline.run(Recipe.of(settings), console.progress()), console);
    }
}
