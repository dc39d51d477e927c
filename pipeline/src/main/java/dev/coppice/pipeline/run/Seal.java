package dev.coppice.pipeline.run;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.spec.DataHash;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checksums of the files that a step of a run goes on from, and of the recipe and the data that they were made with: what is under the
 * seal is complete, and what has changed since is refused.
 */
public final class Seal {

    private static final String FILE = "sealed.json";
    private static final String RECIPE = "recipe";
    private static final String DATA = "data";
    private static final String FILES = "files";
    private static final String HINT = "begin anew in another directory: --run";

    private final Recipe recipe;
    private final String fingerprint;
    private final String data;

    /** Reads model and data once: what they are when a run begins or goes on is what its steps are made with. */
    public Seal(Recipe recipe) {
        this.recipe = recipe;
        this.fingerprint = Fingerprint.of(recipe);
        this.data = recipe.data()
                .filter(_ -> recipe.run().isPresent())
                .map(read -> DataHash.of(read.spec(), read.options()))
                .orElse("");
    }

    /** Returns what identifies model and recipe. */
    public String fingerprint() {
        return fingerprint;
    }

    /** Puts files of a directory under the seal, in place of those that were under it. */
    public void close(RunDirectory directory, List<String> files) {
        var sums = new LinkedHashMap<String, Object>();
        files.forEach(file -> sums.put(file, sum(directory.path().resolve(file))));
        directory.json(FILE, Map.of(RECIPE, fingerprint, DATA, data, FILES, sums));
    }

    /** Takes the seal away, before the files change. */
    public static void remove(Path directory) {
        try {
            Files.deleteIfExists(directory.resolve(FILE));
        } catch (IOException e) {
            throw new BadInputException("cannot delete " + directory.resolve(FILE) + ": " + e.getMessage(), HINT, e);
        }
    }

    public static boolean isOn(Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /**
     * Returns the names of the files under the seal.
     *
     * @throws BadInputException when one of them, or the seal, is damaged, or recipe or data are others
     */
    public List<String> verify(Path directory) {
        var sealed = Json.document(directory.resolve(FILE), HINT);
        if (!(sealed.get(FILES) instanceof Map<?, ?> sums) || sums.isEmpty()) {
            throw new BadInputException(directory.resolve(FILE) + " is damaged", HINT);
        }
        if (!fingerprint.equals(sealed.get(RECIPE))) {
            throw new BadInputException(directory + " belongs to another run: model or recipe differ", HINT);
        }
        if (!data.equals(sealed.get(DATA))) {
            throw new BadInputException(
                    "the data '" + recipe.data().map(read -> read.spec().text()).orElse("")
                            + "' has changed since the run was interrupted",
                    HINT);
        }
        for (Map.Entry<?, ?> sum : sums.entrySet()) {
            // Path.of would throw at what a damaged seal may name.
            if (!String.valueOf(sum.getKey()).matches("[a-z-]+\\.[a-z]+")
                    || !sum(directory.resolve(String.valueOf(sum.getKey()))).equals(sum.getValue())) {
                throw new BadInputException(
                        directory.resolve(FILE) + ": " + sum.getKey() + " has changed since it was written", HINT);
            }
        }
        return sums.keySet().stream().map(String::valueOf).toList();
    }

    private static String sum(Path file) {
        return file.toString().endsWith(".onnx") ? Provenance.sha256OfModel(file) : Provenance.sha256(file);
    }
}
