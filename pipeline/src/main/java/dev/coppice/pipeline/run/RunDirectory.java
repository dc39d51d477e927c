package dev.coppice.pipeline.run;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Litter;
import dev.coppice.ir.file.TemporaryFile;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run leaves behind to be explained and repeated: {@code recipe.yaml}, {@code plan.json}, {@code provenance.json},
 * {@code receipt.json}, {@code receipt.txt} and {@code report.html}.
 */
public final class RunDirectory {

    /** The log of what {@code sensitivity} has measured, a cell a line. */
    public static final String CELLS = "sensitivity.jsonl";

    private static final String RECIPE = "recipe.yaml";

    /** What is written here anew by every run. */
    static final List<String> FILES = List.of(
            RECIPE,
            "plan.json",
            "activations.json",
            "provenance.json",
            "receipt.json",
            "receipt.txt",
            "report.html",
            "metrics.jsonl",
            "evidence.safetensors");

    private final Path directory;

    private RunDirectory(Path directory) {
        this.directory = directory;
    }

    /** Makes the directory, or takes an existing one and removes what killed runs left half written; throws {@link UsageException} when that cannot be. */
    public static RunDirectory at(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UsageException("cannot make the run directory " + directory, "choose another with --run", e);
        }
        Litter.removeBelow(directory);
        return new RunDirectory(directory);
    }

    /**
     * Keeps other runs from working here until what is returned is closed, or this process ends in whatever way.
     *
     * @throws UsageException when one does already
     */
    public RunLock hold() {
        return RunLock.take(directory);
    }

    public Path path() {
        return directory;
    }

    /** Keeps the settings, unless a file that says the same is there, perhaps with comments. */
    public void recipe(Map<String, Object> settings) {
        var file = directory.resolve(RECIPE);
        if (!Files.isRegularFile(file) || !says(file, settings)) {
            write(RECIPE, RecipeFile.yaml(settings));
        }
    }

    /** What a directory holds of a run. */
    public enum State {
        NEW,
        BEGUN,
        FINISHED
    }

    /**
     * Says how far the run of these settings is in a directory.
     *
     * @throws UsageException when the directory holds another run
     */
    public static State state(Path directory, Map<String, Object> settings) {
        var recipe = directory.resolve(RECIPE);
        boolean receipt = Files.exists(directory.resolve("receipt.json"));
        if (!Files.exists(recipe)) {
            if (receipt) {
                throw other(directory, "has a receipt without a recipe");
            }
            return State.NEW;
        }
        if (!says(recipe, settings)) {
            throw other(directory, "holds another run");
        }
        return receipt ? State.FINISHED : State.BEGUN;
    }

    /** Says whether a recipe file asks for the same as settings. */
    private static boolean says(Path file, Map<String, Object> settings) {
        try {
            var kept = RecipeFile.read(file);
            var wanted = what(settings);
            return wanted.equals(what(kept.values())) || wanted.equals(withDefaults(kept));
        } catch (BadInputException e) {
            return false; // damaged: it says nothing
        }
    }

    /** Returns what is to be done, without where to and how it was begun. */
    private static String what(Map<String, Object> settings) {
        var sorted = new TreeMap<>(settings);
        sorted.keySet().removeAll(OptionTable.affecting(settings, Affects.PLACE).keySet());
        Optional.ofNullable(settings.get("model")).ifPresent(model -> sorted.put("model", model));
        return RecipeFile.yaml(sorted);
    }

    /** Returns the same of settings that somebody wrote by hand, without the defaults; empty where they make no recipe. */
    private static String withDefaults(Settings kept) {
        try {
            return what(Recipe.of(kept).describe());
        } catch (CoppiceException e) {
            return "";
        }
    }

    private static UsageException other(Path directory, String why) {
        return new UsageException(
                directory + " " + why,
                "give another directory with --run; 'coppice resume " + directory + "' goes on with that one");
    }

    public void json(String name, Map<String, Object> document) {
        write(name, Json.write(document));
    }

    /** Writes a file that appears only when it is complete. */
    public void write(String name, String content) {
        TemporaryFile.write(directory.resolve(name), content);
    }
}
