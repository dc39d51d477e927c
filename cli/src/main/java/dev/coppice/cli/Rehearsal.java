package dev.coppice.cli;

import dev.coppice.ir.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Runs the commands that people start most often, one after the other, while the JVM records what they need
 * ({@code build/prepare.sh}). What is not rehearsed works too, but its first use costs more.
 */
final class Rehearsal {

    private static final List<String> ALLOCATIONS = List.of("global", "uniform", "row-uniform");

    private Rehearsal() {}

    /** Runs the commands in the directory {@code args[0]}, which is to be deleted afterwards. */
    public static void main(String[] args) throws IOException {
        var directory = Files.createDirectories(Path.of(args[0]));
        var model = directory.resolve("model.onnx").toString();
        var output = directory.resolve("pruned.onnx").toString();
        OnnxWriter.write(RehearsalModel.make(), Path.of(model));
        run("--help");
        run("prune", "--help");
        run("inspect", model);
        for (var allocation : ALLOCATIONS) {
            run("prune", model, "-o", output, "--sparsity", "0.5", "--allocate", allocation);
        }
        run("prune", model, "-o", output, "--criterion", "l1", "--sparsity", "0.5", "--json");
        // Empties channels, so that the receipt looks for weights that cannot influence an output.
        run("prune", model, "-o", output, "--granularity", "column", "--sparsity", "0.5");
    }

    private static void run(String... arguments) {
        int code = Coppice.commandLine(arguments).execute(arguments);
        if (code != ExitCode.DONE) {
            throw new IllegalStateException("exit code " + code + " of " + String.join(" ", arguments));
        }
    }
}
