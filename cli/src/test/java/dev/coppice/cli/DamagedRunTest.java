package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the files of a run, 'report' and 'resume' say what is wrong: exit 3, and never 1. */
class DamagedRunTest {

    private enum Damage {
        MISSING,
        EMPTY,
        TRUNCATED,
        GARBAGE,
        FOLDER
    }

    @TempDir
    private Path folder;

    private Path model;
    private Path run;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("m.onnx");
        run = folder.resolve("run");
        OnnxWriter.write(SampleModel.read(), model);
    }

    private static List<Path> files(Path directory) throws IOException {
        try (var files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith(".lock"))
                    .sorted()
                    .toList();
        }
    }

    private static void damage(Path file, byte[] whole, Damage how) throws IOException {
        Files.delete(file);
        var garbage = new byte[300];
        new Random(3).nextBytes(garbage);
        switch (how) {
            case MISSING -> {
                // deleted
            }
            case EMPTY -> Files.createFile(file);
            case TRUNCATED -> Files.write(file, Arrays.copyOf(whole, whole.length / 2));
            case GARBAGE -> Files.write(file, garbage);
            case FOLDER -> Files.createDirectory(file);
        }
    }

    /** Damages one file after the other, in every way; each is put back as it was. */
    private void assertTold(List<Damage> ways, Object... command) throws IOException {
        for (var file : files(run)) {
            var before = files(run).stream()
                    .map(each -> new Object[] {each, Cli.bytes(each)})
                    .toList();
            for (var how : ways) {
                damage(file, Files.readAllBytes(file), how);
                var outcome = Cli.run(command);
                assertThat(outcome.code())
                        .as("%s of %s %s: %s", command[0], run.relativize(file), how, outcome.err())
                        .isIn(0, 3);
                assertThat(outcome.err()).doesNotContain("\tat ");
                if (Files.isDirectory(file)) {
                    Files.delete(file);
                }
                for (var each : before) {
                    Files.write((Path) each[0], (byte[]) each[1]);
                }
            }
        }
    }

    private void prune(Object... more) {
        var arguments = new java.util.ArrayList<Object>(List.of(
                "prune", model, "-o", folder.resolve("p.onnx"), "--run", run, "--data", "digits", "--limit", 64));
        arguments.addAll(List.of("--threads", 1));
        arguments.addAll(List.of(more));
        Cli.run(arguments.toArray()).ended(0);
    }

    @Test
    void aRunInStepsOfStructure() throws IOException {
        prune("--granularity", "channel", "--sparsity", 0.5, "--schedule", "linear", "--steps", 2, "--fine-tune", 1);
        assertTold(List.of(Damage.values()), "report", run);
        assertTold(List.of(Damage.TRUNCATED, Damage.FOLDER), "resume", run);
    }

    @Test
    void aRunInStepsOfZeros() throws IOException {
        prune("--sparsity", 0.5, "--schedule", "linear", "--steps", 2, "--fine-tune", 1, "--lr", 0.01);
        assertTold(List.of(Damage.values()), "resume", run);
    }

    @Test
    void aSensitivityRun() throws IOException {
        var measure = new Object[] {
            "sensitivity", model, "--data", "digits", "--limit", 32, "--sparsities", "0.5", "--run", run
        };
        Cli.run(measure).ended(0);
        assertTold(List.of(Damage.values()), "report", run);
        assertTold(List.of(Damage.GARBAGE, Damage.FOLDER), measure);
        assertTold(List.of(Damage.values()), "resume", run);
    }

    @Test
    void aStudy() throws IOException {
        var file = Files.writeString(folder.resolve("s.yaml"), """
            settings: {data: digits, limit: 20}
            models: {mlp: {file: %s}}
            grid: {sparsity: [0.1, 0.2]}
            """.formatted(model));
        var study = new Object[] {"study", file, "--run", run};
        Cli.run(study).ended(0);
        assertTold(List.of(Damage.values()), "report", run);
        assertTold(List.of(Damage.GARBAGE, Damage.FOLDER), study);
    }
}
