package dev.coppice.pipeline.study;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Litter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.workers.CellLog;
import dev.coppice.pipeline.workers.CellRun;
import dev.coppice.pipeline.workers.Cells;
import dev.coppice.pipeline.workers.LocalWorkers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Runs the cells of a study that are not finished yet. */
public final class StudyRun {

    /** The file of a run directory that holds the finished cells. */
    public static final String CELLS = "cells.jsonl";

    private final Study study;
    private final Options options;
    private final Progress progress;
    private final StudyModels models;

    /**
     * How to run.
     *
     * @param directory the run directory
     * @param jobs how many cells run at once, each on one thread unless the study says otherwise
     */
    public record Options(Path directory, int jobs) {}

    /**
     * What came of a study.
     *
     * @param cells of all cells of the grid, in its order
     * @param repeated how many of them were finished before
     */
    public record Result(Study study, List<CellResult> cells, int repeated) {

        /** Returns the cells that could not be run. */
        public List<CellResult> failures() {
            return cells.stream().filter(cell -> !cell.failure().isEmpty()).toList();
        }
    }

    private StudyRun(Study study, Options options, Progress progress) {
        this.study = study;
        this.options = options;
        this.progress = progress;
        this.models = new StudyModels(study, options.directory().resolve("models"), quiet(progress));
    }

    /**
     * Runs what is missing.
     *
     * @throws StoppedException when the listener asked to stop; the same call goes on
     * @throws UsageException when measured latencies are asked for beside other jobs
     */
    public static Result run(Study study, Options options, Progress progress) {
        var run = new StudyRun(study, options, progress);
        run.requireData();
        run.prepare();
        try (var _ = RunDirectory.at(options.directory()).hold();
                var log = CellLog.open(options.directory().resolve(CELLS))) {
            run.removeUnfinished();
            return run.run(log);
        }
    }

    /** Removes what a killed run was in the middle of; the log is held, so that nobody else is. */
    private void removeUnfinished() {
        remove("work", "[0-9a-f]{16}(-[0-9a-z]+)?\\.(onnx|data)");
        remove("models", "(initial|training)-.*\\.onnx");
    }

    private void remove(String folder, String names) {
        try (var files = Files.list(options.directory().resolve(folder))) {
            for (var file : files.toList()) {
                if (file.getFileName().toString().matches(names)) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot clear " + folder + ": " + e.getMessage(), e);
        }
        Litter.removeBelow(options.directory());
    }

    /** What a cell is to be judged on has to be there, and be known by its name. */
    private void requireData() {
        for (var cell : study.cells()) {
            for (var name : cell.settings().keySet()) {
                if (!OptionTable.names().contains(name)) {
                    throw new BadInputException("unknown setting '" + name + "'", OptionTable.hint(name));
                }
            }
            if (!cell.settings().containsKey("data") && !cell.settings().containsKey("test-data")) {
                throw new BadInputException(
                        "no data to judge the cell " + cell.name() + " on",
                        "write settings: {data: SPEC} in the study, or give --set data=SPEC; SPEC is "
                                + DataSpec.FORMS);
            }
        }
    }

    private void prepare() {
        boolean measured = study.cells().stream()
                .anyMatch(cell -> String.valueOf(cell.settings().get("measure")).equals("true"));
        if (measured && options.jobs() > 1) {
            throw new UsageException(
                    "latency measured beside " + (options.jobs() - 1) + " other jobs would be theirs, too",
                    "use --jobs 1 for a study with measure: true");
        }
        try {
            Files.createDirectories(options.directory().resolve("models"));
            Files.createDirectories(options.directory().resolve("work"));
        } catch (IOException e) {
            throw new UsageException(
                    "cannot make the run directory " + options.directory(), "choose another with --run", e);
        }
    }

    private Result run(CellLog log) {
        var outcome = CellRun.run(
                "cells", new StudyCells(), study.cells(), Optional.of(log), new LocalWorkers(options.jobs()), progress);
        if (!outcome.complete()) {
            throw new StoppedException("stopped before every cell was finished", "the same command goes on");
        }
        return result(outcome.results(), outcome.repeated());
    }

    /** Returns the finished cells of a run directory; others are left out. */
    static Result finished(Study study, Path directory) {
        var run = new StudyRun(study, new Options(directory, 1), Progress.NONE);
        var finished = run.new StudyCells().known(CellLog.read(directory.resolve(CELLS)));
        return run.result(finished, finished.size());
    }

    private Result result(Map<String, CellResult> finished, int repeated) {
        var results = new ArrayList<CellResult>();
        for (var cell : study.cells()) {
            var result = finished.get(key(cell));
            if (result != null) {
                results.add(
                        new CellResult(result.key(), cell.at(), result.metric(), result.figures(), result.failure()));
            }
        }
        return new Result(study, results, repeated);
    }

    /** Identifies all that a cell's result depends on. */
    private String key(Study.Cell cell) {
        var settings = new TreeMap<>(cell.settings());
        settings.remove("threads");
        return StudyModels.hash(models.identity(cell.at(Study.MODEL), cell.seed()) + Json.line(settings));
    }

    private final class StudyCells implements Cells<Study.Cell, String, CellResult> {

        @Override
        public String key(Study.Cell cell) {
            return StudyRun.this.key(cell);
        }

        @Override
        public CellResult run(Study.Cell cell) {
            var key = key(cell);
            var output = options.directory().resolve("work").resolve(key + ".onnx");
            long start = System.nanoTime();
            var settings = new LinkedHashMap<>(cell.settings());
            settings.put("model", models.file(cell.at(Study.MODEL), cell.seed()).toString());
            settings.put("output", output.toString());
            settings.putIfAbsent("threads", 1L);
            settings.putIfAbsent("seed", cell.seed());
            var receipt = Pipeline.run(Recipe.of(new Settings("", settings)), quiet(progress));
            try {
                for (var file : FileSizes.files(output)) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException("cannot delete " + output + ": " + e.getMessage(), e);
            }
            return CellResult.of(key, cell.at(), receipt, (System.nanoTime() - start) * 1e-9);
        }

        @Override
        public CellResult failed(Study.Cell cell, CoppiceException reason) {
            return CellResult.failed(key(cell), cell.at(), String.valueOf(reason.getMessage()));
        }

        @Override
        public Map<String, Object> line(Study.Cell cell, CellResult result) {
            return result.describe();
        }

        @Override
        public Optional<Map.Entry<String, CellResult>> read(Map<String, Object> line) {
            var result = CellResult.of(line);
            return Optional.of(Map.entry(result.key(), result));
        }

        /** What failed is tried again: a file may have been missing. */
        @Override
        public boolean isFinal(CellResult result) {
            return result.failure().isEmpty();
        }
    }

    /** Passes on the wish to stop, but not what a cell reports: only whole cells count. */
    private static Progress quiet(Progress progress) {
        return new Progress() {
            @Override
            public void update(Event event) {}

            @Override
            public boolean stopRequested() {
                return progress.stopRequested();
            }
        };
    }
}
