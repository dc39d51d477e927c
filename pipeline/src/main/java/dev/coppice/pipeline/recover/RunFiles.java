package dev.coppice.pipeline.recover;

import dev.coppice.ir.BadInputException;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The files that training keeps in a run directory: the last two checkpoints, and a line of metrics for each step. */
final class RunFiles implements AutoCloseable {

    private static final String SUFFIX = ".safetensors";
    private static final int KEPT = 2;
    private static final String HINT = "check the run directory, its permissions, and the disk";

    private final Path checkpoints;
    private final Path metrics;
    private @Nullable Writer out;

    RunFiles(Path directory) {
        checkpoints = directory.resolve("checkpoints");
        metrics = directory.resolve("metrics.jsonl");
    }

    /**
     * Returns the newest good checkpoint; none when there is none at all.
     *
     * @throws BadInputException when there are checkpoints and all of them are damaged
     */
    Optional<Checkpoint> latest() {
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

    /** Forgets an earlier run. */
    void clear() {
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
            checkpoint.write(checkpoints.resolve("%04d%010d%s".formatted(at.stage(), at.step(), SUFFIX)));
            var all = list();
            for (var old : all.subList(0, Math.max(0, all.size() - KEPT))) {
                Files.delete(old);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new BadInputException("cannot keep checkpoints in " + checkpoints + ": " + e.getMessage(), HINT, e);
        }
    }

    /** Starts the metrics, keeping only the lines of before {@code from}: what was killed is told once. */
    void open(Position from) {
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
