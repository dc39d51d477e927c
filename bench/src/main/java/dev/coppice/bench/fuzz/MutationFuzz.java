package dev.coppice.bench.fuzz;

import dev.coppice.ir.fuzz.Mutator;
import dev.coppice.ir.fuzz.Ordeal;
import dev.coppice.ir.fuzz.Outcome;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Provenance;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Mutates models and demands that only typed errors come out, each mutation within ten seconds of processor time and the whole within
 * the heap. Mutation {@code i} of a run with seed {@code s} uses {@code new SplittableRandom(s + i)} and the file {@code i % files}.
 *
 * <pre>MutationFuzz RESULT.json COUNT SEED FILE...</pre>
 */
public final class MutationFuzz {

    private static final long SLOW_MILLIS = 10_000;
    private static final int THREADS = Runtime.getRuntime().availableProcessors();
    private static final int SHOWN_FAILURES = 20;

    private final Map<String, Long> outcomes = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private long slowestMillis;

    private MutationFuzz() {}

    /** Runs the command; exits with 1 when a mutation failed. */
    public static void main(String[] args) throws IOException, InterruptedException, ExecutionException {
        if (args.length < 4) {
            System.err.println("usage: MutationFuzz RESULT.json COUNT SEED FILE...");
            System.exit(2);
        }
        var files = Arrays.stream(args).skip(3).map(Path::of).toList();
        int count = Integer.parseInt(args[1]);
        long seed = Long.parseLong(args[2]);
        var fuzz = new MutationFuzz();
        var commit = commit(); // somebody may commit while this runs
        long start = System.nanoTime();
        fuzz.run(count, seed, files);
        long seconds = (System.nanoTime() - start) / 1_000_000_000;
        var result = fuzz.result(count, seed, files, seconds, commit);
        Files.writeString(Path.of(args[0]), Json.write(result));
        System.out.print(Json.write(result));
        System.exit(fuzz.failures.isEmpty() ? 0 : 1);
    }

    private void run(int count, long seed, List<Path> files)
            throws IOException, InterruptedException, ExecutionException {
        var mutators = new ArrayList<Mutator>();
        for (var file : files) {
            mutators.add(new Mutator(Files.readAllBytes(file)));
        }
        try (var workers = Executors.newFixedThreadPool(THREADS)) {
            var shares = new ArrayList<Future<?>>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                shares.add(workers.submit(() -> {
                    share(first, count, seed, files, mutators);
                    return null;
                }));
            }
            for (var share : shares) {
                share.get();
            }
        }
    }

    /** Does every {@link #THREADS}th mutation. */
    private void share(int first, int count, long seed, List<Path> files, List<Mutator> mutators) throws IOException {
        var folder = Files.createTempDirectory("coppice-fuzz-");
        var ordeal = new Ordeal(folder);
        for (int i = first; i < count; i += THREADS) {
            int file = i % files.size();
            byte[] broken = mutators.get(file).mutate(new SplittableRandom(seed + i));
            long start = processorMillis();
            var outcome = ordeal.run(broken);
            record(outcome, processorMillis() - start, "mutation %d of %s".formatted(i, files.get(file)));
        }
        try (var left = Files.list(folder)) {
            for (var file : left.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /** Returns the processor time of this thread: other programs on the machine do not count. */
    private static long processorMillis() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1_000_000;
    }

    private synchronized void record(Outcome outcome, long millis, String what) {
        slowestMillis = Math.max(slowestMillis, millis);
        outcomes.merge(name(outcome), 1L, Long::sum);
        if (outcome instanceof Outcome.Failed(var step, var failure)) {
            var at = failure.getStackTrace().length > 0 ? failure.getStackTrace()[0].toString() : "nowhere";
            fail("%s, %s: %s at %s".formatted(what, step, failure, at));
        } else if (millis > SLOW_MILLIS) {
            fail("%s took %d ms of processor time".formatted(what, millis));
        }
    }

    private void fail(String failure) {
        System.err.println(failure);
        failures.add(failure);
    }

    private static String name(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Survived _ -> "survived every step";
            case Outcome.Refused(var step) -> "typed error, " + step;
            case Outcome.Failed(var step, var _) -> "FAILED, " + step;
        };
    }

    private Map<String, Object> result(int count, long seed, List<Path> files, long seconds, String commit)
            throws IOException {
        var result = new LinkedHashMap<String, Object>();
        result.put("mutations", count);
        result.put("seed", seed);
        result.put("outcomes", outcomes);
        result.put("failed", failures.size());
        result.put("failures", failures.stream().limit(SHOWN_FAILURES).toList());
        result.put("seconds", seconds);
        result.put("slowest mutation, processor ms", slowestMillis);
        result.put("max heap MB", Runtime.getRuntime().maxMemory() >> 20);
        result.put("commit", commit);
        result.put("provenance", Provenance.here(THREADS));
        var inputs = new LinkedHashMap<String, Object>();
        for (var file : files) {
            inputs.put(file.toString(), Provenance.sha256(file));
        }
        result.put("files", inputs);
        return result;
    }

    /** Returns the commit that is checked out. */
    private static String commit() throws IOException, InterruptedException {
        var git = new ProcessBuilder("git", "rev-parse", "HEAD")
                .redirectErrorStream(true)
                .start();
        var text = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return git.waitFor() == 0 ? text.strip() : "unknown";
    }
}
