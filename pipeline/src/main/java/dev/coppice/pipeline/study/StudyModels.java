package dev.coppice.pipeline.study;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.arch.Architecture;
import dev.coppice.pipeline.arch.ImageSize;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Option;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** The dense models of a study: files as they are, networks made and trained once for each seed. Thread-safe. */
final class StudyModels {

    private final Study study;
    private final Path directory;
    private final Progress progress;
    private final Map<Path, String> hashes = new HashMap<>();
    private final Map<Path, Object> locks = new HashMap<>();

    /** @param directory where networks that were made are kept */
    StudyModels(Study study, Path directory, Progress progress) {
        this.study = study;
        this.directory = directory;
        this.progress = progress;
    }

    /** Returns what a model depends on, before it is made. */
    String identity(String name, long seed) {
        return switch (model(name)) {
            case StudyModel.Stored(var file) -> {
                synchronized (hashes) {
                    yield hashes.computeIfAbsent(file, Provenance::sha256OfModel);
                }
            }
            case StudyModel.Fresh fresh ->
                hash(fresh.architecture() + fresh.input() + fresh.classes() + Json.line(training(fresh, seed)));
        };
    }

    private StudyModel model(String name) {
        return Objects.requireNonNull(study.models().get(name), name);
    }

    static String hash(String text) {
        return Provenance.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
    }

    private Map<String, Object> training(StudyModel.Fresh fresh, long seed) {
        var settings = new LinkedHashMap<>(study.settings());
        settings.keySet().removeIf(name -> OptionTable.named(name).group() != Option.Group.DATA);
        settings.putAll(study.training());
        settings.putAll(fresh.training());
        settings.put("seed", seed);
        return settings;
    }

    /** Returns the file of a model, made and trained if need be. */
    Path file(String name, long seed) {
        return switch (model(name)) {
            case StudyModel.Stored(var file) -> file;
            case StudyModel.Fresh fresh -> {
                var file =
                        directory.resolve("%s-seed%d-%s.onnx".formatted(inFileName(name), seed, identity(name, seed)));
                Object lock;
                synchronized (locks) {
                    lock = locks.computeIfAbsent(file, _ -> new Object());
                }
                synchronized (lock) {
                    if (!Files.exists(file)) {
                        make(fresh, seed, file);
                    }
                }
                yield file;
            }
        };
    }

    /** Returns a name as a part of a file's: with nothing in it that leads elsewhere. What is lost makes no two models one: see the hash. */
    private static String inFileName(String name) {
        var plain = name.replaceAll("[^A-Za-z0-9._-]", "_").replaceAll("^[.]+", "_");
        return plain.substring(0, Math.min(60, plain.length()));
    }

    private void make(StudyModel.Fresh fresh, long seed, Path file) {
        var architecture = Architecture.parse(fresh.architecture());
        var size = fresh.input().isEmpty() ? architecture.defaultInput() : ImageSize.parse(fresh.input());
        var initial = architecture.build(size, fresh.classes(), seed);
        if (!fresh.training().containsKey("epochs")) {
            OnnxWriter.write(initial, file);
            return;
        }
        var start = file.resolveSibling("initial-" + file.getFileName());
        var trained = file.resolveSibling("training-" + file.getFileName());
        OnnxWriter.write(initial, start);
        var settings = training(fresh, seed);
        settings.put("model", start.toString());
        settings.put("output", trained.toString());
        settings.putIfAbsent("threads", 1L);
        Pipeline.run(Recipe.of(new Settings("", settings)), progress);
        try {
            Files.move(trained, file, StandardCopyOption.ATOMIC_MOVE);
            Files.delete(start);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep " + file + ": " + e.getMessage(), e);
        }
    }
}
