package dev.coppice.cli;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.Recipe;
import dev.coppice.pipeline.RecipeFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code coppice run}: does what a recipe file says. */
@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Runs a recipe (YAML or JSON); options given here go over what the recipe says.",
        footer = {
            "",
            "A recipe has the options of 'coppice prune' without dashes, one a line, and 'layers', a sparsity per glob.",
            "'coppice prune ... --print-recipe' writes one.",
            "",
            "Examples:",
            "  coppice run recipe.yaml",
            "  coppice run recipe.yaml --model other.onnx -o other-pruned.onnx"
        })
final class RunCommand implements Callable<Integer> {

    @Parameters(paramLabel = "RECIPE", description = "The recipe file.")
    private Path recipe;

    @Option(names = "--model", paramLabel = "MODEL", description = "The ONNX model to prune.")
    private @Nullable String model;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "OUT",
            description = "Where to write the result.")
    private @Nullable String output;

    @Option(names = "--run", paramLabel = "DIR", description = "Leave recipe, plan, provenance and receipt there.")
    private @Nullable String run;

    @Option(names = "--threads", paramLabel = "N", description = "Default: one per processor.")
    private @Nullable Integer threads;

    @Mixin
    private DataArguments data;

    @Mixin
    private Console console;

    @Override
    public Integer call() {
        var over = new LinkedHashMap<String, Object>();
        DataArguments.put(over, "model", model);
        DataArguments.put(over, "output", output);
        DataArguments.put(over, "run", run);
        DataArguments.put(over, "threads", threads);
        data.addTo(over);
        var settings = RecipeFile.read(recipe).with(over);
        return PruneCommand.finish(Pipeline.run(Recipe.of(settings), console.progress()), console);
    }
}
