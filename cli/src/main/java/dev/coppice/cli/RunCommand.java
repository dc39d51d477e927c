package dev.coppice.cli;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.recipe.Option;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** {@code coppice run}: does what a recipe file says. */
final class RunCommand extends CliCommand {

    private final Argument<Path> recipe;
    private final Argument<Boolean> printRecipe;

    RunCommand() {
        super("run", "Runs a recipe (YAML or JSON); options given here go over what the recipe says.");
        recipe = parameter("RECIPE", Path.class, "The recipe file.");
        output(false);
        settings(Set.of("output"), Group.GOAL, Group.values());
        printRecipe = flag("--print-recipe", "Print the recipe with these options as YAML, and do nothing.");
        footer(
                "",
                "A recipe has the options of 'coppice prune' without dashes, one a line, and 'layers', a sparsity per"
                        + " glob.",
                "'coppice prune ... --print-recipe' writes one.",
                "",
                "Examples:",
                "  coppice run recipe.yaml",
                "  coppice run recipe.yaml --model other.onnx -o other-pruned.onnx",
                "  coppice run recipes/encoder-cpu.yaml --model m.onnx --data text:lines.txt --tokenizer"
                        + " tokenizer.json -o fast.onnx");
    }

    @Override
    public Integer call() {
        var written = RecipeFile.read(recipe.value());
        var given = settings();
        if (given.get("output") instanceof String output) {
            Outputs.requireWritable(Path.of(output));
        }
        var complete = blamingTheRecipe(given, written, () -> recipe(written, given));
        if (printRecipe.isSet()) {
            console.print(() -> RecipeFile.yaml(complete.describe()), complete::describe);
            return ExitCode.DONE;
        }
        Pipeline.requireInputsKept(complete); // which files there are is no matter of the recipe
        return blamingTheRecipe(given, written, () -> PruneCommand.run(complete, console));
    }

    /** Puts options over what a recipe says; a goal takes the place of the recipe's, whichever that is. */
    private static Recipe recipe(Settings written, Map<String, Object> given) {
        var goals = OptionTable.of(Group.GOAL).map(Option::name).toList();
        var kept = new LinkedHashMap<>(written.values());
        if (goals.stream().anyMatch(given::containsKey)) {
            goals.forEach(kept::remove);
        }
        var complete = Recipe.of(new Settings("", kept).with(given));
        // Whose file it is matters again where outputs must not replace it.
        return Recipe.of(new Settings(written.origin(), complete.describe()));
    }

    /** Makes errors of usage errors of the recipe, unless perhaps what was given here is to blame. */
    private <T> T blamingTheRecipe(Map<String, Object> given, Settings written, Supplier<T> step) {
        try {
            return step.get();
        } catch (UsageException e) {
            if (!places(given).equals(given) && !isOfTheFile(e, written, given)) {
                throw e;
            }
            throw new BadInputException(recipe.value() + ": " + e.getMessage(), e.hint(), e);
        }
    }

    /** Says whether the file would be refused in the same words without the options. */
    private static boolean isOfTheFile(UsageException failure, Settings written, Map<String, Object> given) {
        try {
            recipe(written, places(given));
            return false;
        } catch (UsageException e) {
            return Objects.equals(e.getMessage(), failure.getMessage());
        } catch (CoppiceException e) {
            return false;
        }
    }

    /** Returns what says where things are and how many threads there are, not what to do. */
    private static Map<String, Object> places(Map<String, Object> given) {
        var places = OptionTable.affecting(given, Affects.PLACE);
        Optional.ofNullable(given.get("threads")).ifPresent(threads -> places.put("threads", threads));
        return places;
    }
}
