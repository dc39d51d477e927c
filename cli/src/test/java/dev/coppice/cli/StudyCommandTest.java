package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class StudyCommandTest {

    @TempDir
    private Path folder;

    private Path study() throws IOException {
        var model = folder.resolve("dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
        return Files.writeString(folder.resolve("small.yaml"), """
                title: Zeros in a small model
                settings: {data: digits, limit: 100}
                models: {mlp: {file: %s}}
                grid:
                  criterion: [l1, l2, random]
                  sparsity: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
                """.formatted(model));
    }

    private List<String> cells(Path run) throws IOException {
        var file = run.resolve("cells.jsonl");
        return Files.exists(file) ? Files.readAllLines(file) : List.of();
    }

    /** Kills a JVM in the middle, as a power cut would. */
    @Test
    @Timeout(180)
    void aKilledStudyGoesOnWithoutRepeatingAFinishedCell() throws IOException, InterruptedException {
        var run = folder.resolve("run");
        var file = study();
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path")
                                .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                        "dev.coppice.cli.Main",
                        "study",
                        file.toString(),
                        "--run",
                        run.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile())
                .start();
        while (cells(run).size() < 4 && process.isAlive()) {
            Thread.sleep(5);
        }
        process.destroyForcibly().waitFor();
        var before = cells(run);
        assertThat(before).hasSizeBetween(4, 26);
        if (!Files.readString(run.resolve("cells.jsonl")).endsWith("\n")) {
            before = before.subList(0, before.size() - 1); // torn by the kill
        }
        var json = Cli.run("study", file, "--run", run, "--json")
                .ended(ExitCode.DONE)
                .json();
        assertThat(json.get("from-before")).isEqualTo((long) before.size());
        assertThat(cells(run)).hasSize(27).startsWith(before.toArray(String[]::new));
        assertThat(Cli.run("study", file, "--run", run).ended(ExitCode.DONE).out())
                .contains("27 cells, 27 of them from before; page: " + run.resolve("report.html"));
    }

    @Test
    void reportWritesThePageOfAnyRunAnew() throws IOException {
        var model = folder.resolve("dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
        var pruned = folder.resolve("pruned");
        Cli.run("prune", model, "-o", folder.resolve("p.onnx"), "--sparsity", "0.5", "--run", pruned)
                .ended(ExitCode.DONE);
        var measured = folder.resolve("measured");
        Cli.run("sensitivity", model, "--data", "digits", "--limit", "32", "--sparsities", "0.5", "--run", measured)
                .ended(ExitCode.DONE);
        for (var run : List.of(pruned, measured)) {
            var page = run.resolve("report.html");
            var first = Files.readString(page);
            Files.delete(page);
            assertThat(Cli.run("report", run).ended(ExitCode.DONE).out()).contains(page.toString());
            assertThat(page).content().isEqualTo(first);
        }
    }

    @Test
    void aStudyThatIsNowhereIsRefused() {
        assertThat(Cli.run("study", "no-such-study").ended(ExitCode.BAD_INPUT).err())
                .contains("bench/studies");
    }
}
