package dev.coppice.pipeline.recover;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.spec.DataHash;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.report.Json;
import dev.coppice.train.Checkpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The files that training keeps in a run directory: the last two checkpoints, and a line of metrics for each step. */
public final class RunFiles implements AutoCloseable {

    /**
     * What a run is of: checkpoints of others are refused.
     *
     * @param fingerprint of model and recipe
     */
    public record Identity(String fingerprint, DataSpec data, DataOptions options) {}

    private static final String FINGERPRINT = "fingerprint";
    private static final String DATA = "data";

    private static final String SUFFIX = ".safetensors";
    private static final int KEPT = 2;
    private static final String HINT = "check the run directory, its permissions, and the disk";

    private final Path checkpoints;
    private final Path metrics;
    private final Identity identity;
    private final String dataHash;
    private final Supplier<Map<String, String>> notes;
    private final Optional<Checkpoint> resumed;
    private @Nullable Writer out;

    private RunFiles(Path directory, boolean resume, Identity identity, Supplier<Map<String, String>> notes) {
        checkpoints = directory.resolve("checkpoints");
        metrics = directory.resolve("metrics.jsonl");
        this.identity = identity;
        this.notes = notes;
        dataHash = DataHash.of(identity.data(), identity.options());
        if (!resume) {
            clear();
        }
        resumed = latest();
        resumed.ifPresent(from -> requireSame(directory, from));
    }

    /**
     * Opens a run's files; a run that is not resumed forgets an earlier one.
     *
     * @param notes returns what every checkpoint is to keep, beside what training needs
     * @throws BadInputException when all checkpoints are damaged, or model, recipe or data have changed since
     */
    public static RunFiles open(
            Path directory, boolean resume, Identity identity, Supplier<Map<String, String>> notes) {
        var files = new RunFiles(directory, resume, identity, notes);
        files.open(files.resumed.map(Position::of).orElse(Position.START));
        return files;
    }

    /** Returns the newest good checkpoint, to go on from; empty where there is none. */
    public Optional<Checkpoint> resumed() {
        return resumed;
    }

    private void requireSame(Path run, Checkpoint checkpoint) {
        if (!identity.fingerprint().equals(checkpoint.notes().get(FINGERPRINT))) {
            throw new BadInputException(
                    "the model, the recipe or a file that it names has changed since the checkpoints in " + run
                            + " were made",
                    "put back model and recipe.yaml as they were and resume; or begin anew in another directory:"
                            + " --run");
        }
        if (!dataHash.equals(checkpoint.notes().get(DATA))) {
            throw new BadInputException(
                    "the data '" + identity.data().text() + "' has changed since training was interrupted",
                    "samples, labels and tokenizer have to be those of before; to train on others, begin anew in"
                            + " another directory: --run");
        }
    }

    private Optional<Checkpoint> latest() {
        @Nullable BadInputException damaged = null;
        for (var file : list().reversed()) {
            try {
                return Optional.of(Checkpoint.read(file));
            } catch (BadInputException e) {
                damaged = e;
            }
        }
        if (damaged != null) {
            throw damaged;
        }
        return Optional.empty();
    }

    /** Returns the checkpoints' files, oldest first. */
    private List<Path> list() {
        if (!Files.isDirectory(checkpoints)) {
            return List.of();
        }
        try (var files = Files.list(checkpoints)) {
            return files.filter(file -> file.getFileName().toString().matches("\\d+" + SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new BadInputException("cannot list " + checkpoints + ": " + e.getMessage(), HINT, e);
        }
    }

    private void clear() {
        try {
            for (var file : list()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new BadInputException("cannot clear " + checkpoints + ": " + e.getMessage(), HINT, e);
        }
    }

    /** Writes a checkpoint, and only then lets go of the oldest. */
    void save(Checkpoint checkpoint, Position at) {
        try {
            Files.createDirectories(checkpoints);
            flush();
            var all = new HashMap<>(notes.get());
            all.putAll(checkpoint.notes());
            all.put(FINGERPRINT, identity.fingerprint());
            all.put(DATA, dataHash);
            new Checkpoint(all, checkpoint.tensors())
                    .write(checkpoints.resolve("%04d%010d%s".formatted(at.stage(), at.step(), SUFFIX)));
            var kept = list();
            for (var old : kept.subList(0, Math.max(0, kept.size() - KEPT))) {
                Files.delete(old);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException("cannot keep checkpoints in " + checkpoints + ": " + e.getMessage(), HINT, e);
        }
    }

    /** Starts the metrics, keeping only the lines of before {@code from}: what was killed is told once. */
    private void open(Position from) {
        try {
            var kept = new ArrayList<String>();
            if (Files.exists(metrics)) {
                // Not readAllLines, which throws at what is no text.
                for (var line : new String(Files.readAllBytes(metrics), StandardCharsets.UTF_8).split("\n", -1)) {
                    if (isBefore(line, from)) {
                        kept.add(line);
                    }
                }
            }
            Files.createDirectories(metrics.toAbsolutePath().getParent());
            Files.write(metrics, kept);
            out = Files.newBufferedWriter(metrics, StandardCharsets.UTF_8, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new BadInputException("cannot write " + metrics + ": " + e.getMessage(), HINT, e);
        }
    }

    /** Says whether a line tells of a step before a position; a torn last line does not. */
    private static boolean isBefore(String line, Position from) {
        try {
            return Json.read(line) instanceof Map<?, ?> map
                    && map.get("stage") instanceof Long stage
                    && map.get("step") instanceof Long step
                    && (stage < from.stage() || (stage == from.stage() && step < from.step()));
        } catch (IOException e) {
            return false;
        }
    }

    void metric(Map<String, Object> line) {
        if (out != null) {
            try {
                out.write(Json.line(line));
                out.write('\n');
            } catch (IOException e) {
                throw new BadInputException("cannot write " + metrics + ": " + e.getMessage(), HINT, e);
            }
        }
    }

    private void flush() throws IOException {
        if (out != null) {
            out.flush();
        }
    }

    @Override
    public void close() {
        if (out != null) {
            try {
                out.close();
            } catch (IOException e) {
                throw new BadInputException("cannot write " + metrics + ": " + e.getMessage(), HINT, e);
            }
        }
    }
}
