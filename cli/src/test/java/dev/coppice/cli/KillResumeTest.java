package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kills a JVM in the middle of training, as a power cut would, and lets another one finish. bench/kill-resume.sh does so more often. */
class KillResumeTest {

    private static final long MINUTES = 3;

    @TempDir
    private Path folder;

    private Path model;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
    }

    private Process start(Object... arguments) throws IOException {
        var command = new ArrayList<String>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dcoppice.checkpoint.seconds=0",
                "-cp",
                System.getProperty("java.class.path")
                        .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                "dev.coppice.cli.Main"));
        for (var argument : arguments) {
            command.add(argument.toString());
        }
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile())
                .start();
    }

    private Process prune(Path output, Path run) throws IOException {
        return start(
                "prune",
                model,
                "-o",
                output,
                "--sparsity",
                0.9,
                "--schedule",
                "cubic",
                "--steps",
                3,
                "--fine-tune",
                2,
                "--data",
                "digits",
                "--optimizer",
                "adamw",
                "--threads",
                1,
                "--batch",
                64,
                "--run",
                run);
    }

    private void await(Process process) throws InterruptedException, IOException {
        assertThat(process.waitFor(MINUTES, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("log.txt")))
                .isZero();
    }

    @RepeatedTest(3)
    void killedAnywhereAndResumedGivesTheSameBits(RepetitionInfo repetition) throws Exception {
        assertSameBitsWhenKilled(repetition);
    }

    /** Scale and shift have the same shape: the other JVM must not mistake one for the other. */
    @RepeatedTest(3)
    void normalisationsAreResumedToTheSameBits(RepetitionInfo repetition) throws Exception {
        Cli.model(model, """
            input x float[N,64]
            const w1 float[64,32] seed 1
            const scale float[32] fill 1.0
            const shift float[32] fill 0.0
            const mean float[32] fill 0.0
            const var float[32] fill 1.0
            const w2 float[32,10] seed 2
            const bias float[10] fill 0.0
            h = MatMul(x, w1)
            n = BatchNormalization(h, scale, shift, mean, var)
            r = Relu(n)
            y = Gemm(r, w2, bias)
            output y float[N,10]
            """);
        assertSameBitsWhenKilled(repetition);
    }

    private void assertSameBitsWhenKilled(RepetitionInfo repetition) throws Exception {
        var undisturbed = folder.resolve("undisturbed.onnx");
        await(prune(undisturbed, folder.resolve("whole")));
        var output = folder.resolve("out.onnx");
        var run = folder.resolve("run");
        var killed = prune(output, run);
        int wanted = 1 + new Random(repetition.getCurrentRepetition()).nextInt(100);
        while (killed.isAlive() && steps(run) < wanted) {
            Thread.sleep(1);
        }
        killed.destroyForcibly().waitFor();
        assertThat(output).doesNotExist();
        await(start("resume", run));
        assertThat(Files.readAllBytes(output)).isEqualTo(Files.readAllBytes(undisturbed));
    }

    /** Returns how far the newest checkpoint is, in steps of all stages. */
    private static long steps(Path run) throws IOException {
        var checkpoints = run.resolve("checkpoints");
        if (!Files.isDirectory(checkpoints)) {
            return -1;
        }
        try (var files = Files.list(checkpoints)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("\\d{14}\\.safetensors"))
                    .mapToLong(
                            name -> 44 * Long.parseLong(name.substring(0, 4)) + Long.parseLong(name.substring(4, 14)))
                    .max()
                    .orElse(-1);
        }
    }

    @ParameterizedTest
    @CsvSource({"sensitivity.jsonl, coppice sensitivity MODEL", "cells.jsonl, coppice study STUDY.yaml"})
    void resumingMeasurementsNamesTheCommandToRepeat(String log, String command) throws IOException {
        Files.writeString(folder.resolve(log), "");
        assertThat(Cli.run("resume", folder).ended(3).err()).contains("repeat the command", command, folder.toString());
    }

    @Test
    void resumingWhatIsNoRunDirectorySaysSo() {
        assertThat(Cli.run("resume", folder).ended(3).err()).contains("no run directory", "--run");
    }
}
