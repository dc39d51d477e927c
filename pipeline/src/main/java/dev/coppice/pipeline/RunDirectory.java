package dev.coppice.pipeline;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Litter;
import dev.coppice.ir.file.TemporaryFile;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What a run leaves behind to be explained and repeated: {@code recipe.yaml}, {@code plan.json}, {@code provenance.json},
 * {@code receipt.json}, {@code receipt.txt} and {@code report.html}.
 */
public final class RunDirectory {

    /** What is written here anew by every run. */
    static final List<String> FILES = List.of(
            "recipe.yaml",
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

    public void recipe(Map<String, Object> settings) {
        write("recipe.yaml", RecipeFile.yaml(settings));
    }

    public void json(String name, Map<String, Object> document) {
        write(name, Json.write(document));
    }

    /** Writes a file that appears only when it is complete. */
    public void write(String name, String content) {
        TemporaryFile.write(directory.resolve(name), content);
    }
}
