package dev.coppice.cli;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.study.StudyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** {@code coppice resume}: goes on with a run that was interrupted. */
final class ResumeCommand extends CliCommand {

    private final Argument<Path> directory;

    ResumeCommand() {
        super(
                "resume",
                "Goes on with a run that was stopped or killed, from its last checkpoint, and writes the output it was"
                        + " asked for.");
        directory = parameter("RUNDIR", Path.class, "The directory that --run named.");
        footer(
                "",
                "With the same number of threads the result is the same, bit for bit, as if nothing had happened.",
                "Paths in the recipe are meant as they were: resume from the same working directory.",
                "",
                "Example:",
                "  coppice resume runs/a");
    }

    @Override
    public Integer call() {
        var recipe = directory.value().resolve("recipe.yaml");
        if (!Files.isRegularFile(recipe)) {
            requireNoLog(RunDirectory.CELLS, "sensitivity", "MODEL ... --run");
            requireNoLog(StudyRun.CELLS, "study", "STUDY.yaml --run");
            throw new BadInputException(
                    directory.value() + " is no run directory: it has no recipe.yaml",
                    "name the directory that the run was given with --run");
        }
        var settings =
                RecipeFile.read(recipe).with(Map.of("run", directory.value().toString()));
        return PruneCommand.finish(Pipeline.resume(read(recipe, settings), console.progress()), console);
    }

    /** Measurements go on by their own commands, which name what is measured. */
    private void requireNoLog(String log, String command, String arguments) {
        if (Files.isRegularFile(directory.value().resolve(log))) {
            throw new BadInputException(
                    directory.value() + " is the directory of 'coppice " + command + "', which keeps no recipe",
                    "repeat the command that it was begun with, and it goes on: coppice " + command + " " + arguments
                            + " " + directory.value());
        }
    }

    private static Recipe read(Path file, Settings settings) {
        try {
            return Recipe.of(settings);
        } catch (UsageException e) {
            throw new BadInputException(file + ": " + e.getMessage(), e.hint(), e);
        }
    }
}
