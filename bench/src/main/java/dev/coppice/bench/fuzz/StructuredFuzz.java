package dev.coppice.bench.fuzz;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Makes random models ({@link ModelGrammar}), changes their structure ({@link ModelMutation}), and puts each through the commands:
 * nothing but the exit codes 0, 2, 3 and 4 may come out, each command within ten seconds of processor time and all within the heap.
 * Model {@code i} of seed {@code s} uses {@code new SplittableRandom(s + i)}.
 *
 * <pre>StructuredFuzz RESULT.json COUNT SEED</pre>
 */
public final class StructuredFuzz {

    private static final long SLOW_MILLIS = 10_000;

    private final Path folder;
    private final FuzzTally tally = new FuzzTally();
    private int unwritable;
    private long slowestMillis;

    /** Begins with an empty folder for models. */
    public StructuredFuzz(Path folder) {
        this.folder = folder;
    }

    /** Runs the command; exits with 1 when a command failed, or half of the models could not even be written. */
    public static void main(String[] args) throws IOException {
        if (args.length != 3) {
            System.err.println("usage: StructuredFuzz RESULT.json COUNT SEED");
            System.exit(2);
        }
        int count = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        var fuzz = new StructuredFuzz(Files.createTempDirectory("coppice-fuzz-"));
        long start = System.nanoTime();
        fuzz.run(seed, count);
        var result = fuzz.result(count, seed, (System.nanoTime() - start) / 1_000_000_000);
        Files.writeString(Path.of(args[0]), Json.write(result));
        System.out.print(Json.write(result));
        // A run in which hardly a model came to be shows nothing.
        System.exit(fuzz.failures().isEmpty() && fuzz.unwritable < count / 2 ? 0 : 1);
    }

    /** Puts {@code count} models through the commands. */
    public void run(long seed, int count) {
        for (int i = 0; i < count; i++) {
            model(seed + i);
        }
    }

    /** Returns what failed: the seed of the model, the command and how it ended. */
    public List<String> failures() {
        return tally.failures();
    }

    /** Returns how often each command ended how. */
    public Map<String, Long> endings() {
        return tally.endings();
    }

    private void model(long seed) {
        var random = new SplittableRandom(seed);
        var file = folder.resolve("model.onnx");
        try {
            OnnxWriter.write(ModelMutation.apply(ModelGrammar.model(random), random), file);
        } catch (CoppiceException | ArithmeticException | IllegalArgumentException | IllegalStateException e) {
            unwritable++; // not even the bytes of a file
            return;
        }
        var output = folder.resolve("out.onnx");
        for (var command : commands(file, output, random)) {
            long before = processorMillis();
            var ending = CommandOrdeal.run(command, output);
            long millis = processorMillis() - before;
            slowestMillis = Math.max(slowestMillis, millis);
            var input = "model %d, %s".formatted(seed, String.join(" ", command).replace(folder + "/", ""));
            tally.add(command.getFirst(), input, ending);
            if (millis > SLOW_MILLIS) {
                tally.fail(input, millis + " ms of processor time");
            }
        }
    }

    private static List<List<String>> commands(Path model, Path output, RandomGenerator random) {
        var commands = new ArrayList<List<String>>();
        commands.add(List.of("inspect", model.toString()));
        commands.add(prune(model, output, "--sparsity", "0.4"));
        var channel = List.of("--granularity", "channel", "--sparsity", "0.4", "--criterion", "l2");
        commands.add(prune(model, output, channel.toArray(String[]::new)));
        var masked = new ArrayList<>(channel);
        masked.add("--mask-only");
        if (random.nextBoolean()) {
            masked.add("--include-normalised");
        }
        commands.add(prune(model, output, masked.toArray(String[]::new)));
        switch (random.nextInt(8)) {
            case 0 -> commands.add(List.of("compress", model.toString(), "-o", output.toString(), "--int8", "dynamic"));
            case 1 -> commands.add(prune(model, output, "--granularity", "layer", "--sparsity", "0.3"));
            case 2 -> commands.add(prune(model, output, "--sparsity", "0.9", "--drop-dead"));
            case 3 -> commands.add(prune(model, output, "--granularity", "2:4"));
            case 4 -> commands.add(prune(model, output, "--granularity", "channel+head", "--max-macs", "0.6"));
            default -> {}
        }
        return commands;
    }

    private static List<String> prune(Path model, Path output, String... settings) {
        var command = new ArrayList<>(List.of("prune", model.toString(), "-o", output.toString()));
        command.addAll(List.of(settings));
        return command;
    }

    /** Returns the processor time of this JVM: other programs on the machine do not count. */
    private static long processorMillis() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getProcessCpuTime() / 1_000_000
                : System.nanoTime() / 1_000_000;
    }

    private Map<String, Object> result(int count, long seed, long seconds) {
        var result = new LinkedHashMap<String, Object>();
        result.put("models", count);
        result.put("seed", seed);
        result.put("that have no encoding", unwritable);
        result.putAll(tally.describe());
        result.put("seconds", seconds);
        result.put("slowest command, processor ms", slowestMillis);
        result.put("max heap MB", Runtime.getRuntime().maxMemory() >> 20);
        result.put("provenance", Provenance.here(1));
        return result;
    }
}
