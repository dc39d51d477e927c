package dev.coppice.bench.results;

import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A file of results: where they come from, and the figures of each case by its name. One process writes a file at a time. */
public final class CaseFile {

    private final Path file;
    private final int threads;

    /** @param threads that the cases run on */
    public CaseFile(Path file, int threads) {
        this.file = file;
        this.threads = threads;
    }

    /**
     * Puts a case into the file, in the place of an earlier one of that name; the others stay.
     *
     * @param more what else the file is to say of where the figures come from
     */
    public void keep(String name, Map<String, Object> result, Map<String, Object> more) throws IOException {
        var document = new LinkedHashMap<String, Object>();
        document.put("provenance", Provenance.here(threads));
        document.putAll(more);
        var cases = new LinkedHashMap<Object, Object>();
        if (Files.exists(file)
                && Json.read(Files.readString(file)) instanceof Map<?, ?> earlier
                && earlier.get("cases") instanceof Map<?, ?> known) {
            cases.putAll(known);
        }
        cases.put(name, result);
        document.put("cases", cases);
        Files.writeString(file, Json.write(document));
    }
}
