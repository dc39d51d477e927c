package dev.coppice.pipeline.run;

import dev.coppice.ir.Model;
import dev.coppice.ir.SourceFile;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.pipeline.recipe.Recipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The files that a run reads. None of them is written; the model may be replaced by its result where {@code force} says so. */
public final class Inputs {

    private static final String ELSEWHERE = "choose another output";

    private final Recipe recipe;
    private final List<Path> model;

    /** @param model what has been read from the recipe's model */
    public Inputs(Recipe recipe, Model model) {
        this.recipe = recipe;
        this.model = model.origins().files().stream().map(SourceFile::path).toList();
    }

    /**
     * Refuses what would be written over something that the run reads.
     *
     * @throws UsageException when a file that the run is to write is one that it reads
     */
    public void requireKept() {
        requireKept(recipe.output());
        recipe.run().ifPresent(this::requireApartFromRun);
        recipe.run().ifPresent(directory -> requireNoRecord(directory, recipe.output()));
    }

    /** Refuses an output that is an input, or whose customary data file is one: the two would be taken for a pair. */
    public void requireKept(Path output) {
        var beside = output.resolveSibling(output.getFileName() + ".data");
        if (!Files.exists(output) && !Files.exists(beside)) {
            return;
        }
        Outputs.requireApart(output, others(), ELSEWHERE);
        // A model without its data would be left behind: these are never replaced, whatever --force says.
        Outputs.requireApart(output, model.subList(1, model.size()), ELSEWHERE);
        var own = model.subList(0, 1);
        if (recipe.settings().flag("force") && Outputs.isSame(output, own.getFirst())) {
            requireNeededNoMore(output);
        } else {
            Outputs.requireApart(output, own, ELSEWHERE + ", or say --force to replace the model by its result");
            Outputs.requireApart(
                    beside, Stream.concat(model.stream(), others().stream()).toList(), ELSEWHERE);
        }
    }

    /** Measuring compares two files, and a killed run goes on from its model, so that the output must not take the model's place. */
    private void requireNeededNoMore(Path output) {
        if (recipe.measure() || recipe.judge().isPresent()) {
            Outputs.requireApart(output, model, "it is to be measured against the result: " + ELSEWHERE);
        }
        if (recipe.run().isPresent() && recipe.recovery().isPresent()) {
            Outputs.requireApart(output, model, "a killed run would have nothing to go on from: " + ELSEWHERE);
        }
    }

    /** Refuses a run directory in which something that is read would be written over. */
    public void requireApartFromRun(Path directory) {
        var read = Stream.concat(model.stream(), others().stream()).toList();
        for (var name : RunDirectory.FILES) {
            var file = directory.resolve(name);
            boolean isRecipe = Outputs.isSame(file, Path.of(recipe.settings().origin())); // written again as it is
            if (!isRecipe) {
                Outputs.requireApart(file, read, "choose another directory with --run");
            }
        }
    }

    /** Refuses an output that the run would write over as one of its own records. */
    private static void requireNoRecord(Path directory, Path output) {
        var place = output.toAbsolutePath().normalize();
        for (var name : RunDirectory.FILES) {
            if (place.equals(directory.resolve(name).toAbsolutePath().normalize())) {
                throw new UsageException(output + " is a file that the run directory keeps for itself", ELSEWHERE);
            }
        }
    }

    /** Returns all inputs but the model. */
    private List<Path> others() {
        var files = new ArrayList<Path>();
        Stream.of(recipe.data(), recipe.testData()).flatMap(Optional::stream).forEach(data -> {
            files.addAll(data.spec().files());
            data.options().tokenizer().ifPresent(files::add);
        });
        if (recipe.cut() instanceof Recipe.FromPlan(var plan, var _)) {
            files.add(plan);
        }
        recipe.recovery()
                .flatMap(recovery -> recovery.rewindTo())
                .flatMap(rewind -> rewind.model())
                .ifPresent(files::add);
        recipe.settings()
                .text("curves")
                .map(directory -> Path.of(directory, RunDirectory.CELLS))
                .ifPresent(files::add);
        if (!recipe.settings().origin().isEmpty()) {
            files.add(Path.of(recipe.settings().origin()));
        }
        return files;
    }
}
