package dev.coppice.pipeline.measure;

import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtCall;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Measures the latency of models against each other. Every round runs every model once, in rotating order, so that a
 * busy or throttled machine hurts all alike; ratios are taken within rounds. No pool spins.
 */
public final class Benchmark {

    private static final int FEWEST_ROUNDS = 3;
    /** A measurement shorter than this is repeated inside its round, since the clock and the call cost microseconds. */
    private static final double MIN_NANOS = 2e6;

    private static final int MOST_REPEATS = 1000;

    private Benchmark() {}

    /**
     * How long to measure.
     *
     * @param threads threads of ONNX Runtime
     * @param rounds measured rounds at most
     * @param warmup rounds before these
     * @param budget time after which no further round starts, once there are three
     */
    public record Options(int threads, int rounds, int warmup, Duration budget) {
        public Options {
            if (threads < 1 || rounds < 1 || warmup < 0 || budget.isNegative()) {
                throw new UsageException(
                        "a benchmark of " + rounds + " rounds after " + warmup + " on " + threads + " threads",
                        "give at least one round and one thread");
            }
        }

        /** Returns 30 rounds after 3, on one thread, in about 30 seconds. */
        public static Options defaults() {
            return new Options(1, 30, 3, Duration.ofSeconds(30));
        }

        public Options withThreads(int newThreads) {
            return new Options(newThreads, rounds, warmup, budget);
        }

        public Options withRounds(int newRounds) {
            return new Options(threads, newRounds, warmup, budget);
        }

        public Options withBudget(Duration newBudget) {
            return new Options(threads, rounds, warmup, newBudget);
        }
    }

    /**
     * One model's latency.
     *
     * @param medianMillis of the rounds; {@code minMillis} and {@code maxMillis} are their spread
     * @param speedup the first model's time divided by this one's, median over the rounds
     */
    public record Timing(Path model, double medianMillis, double minMillis, double maxMillis, double speedup) {}

    /**
     * What was measured and how.
     *
     * @param timings one per model, in the order given
     * @param inputShapes sizes of the inputs that all models ran on
     * @param rounds measured rounds
     */
    public record Result(
            List<Timing> timings, Map<String, List<Long>> inputShapes, int threads, int rounds, String runtime) {
        public Result {
            timings = List.copyOf(timings);
        }

        public Result withTimings(List<Timing> some) {
            return new Result(some, inputShapes, threads, rounds, runtime);
        }
    }

    /**
     * Measures models on the same random inputs, drawn for the first one.
     *
     * @param shapes sizes of inputs that the model leaves open, by name; may be empty
     * @throws dev.coppice.ir.BadModelException when a model does not run
     * @throws dev.coppice.ir.BadInputException when the models' inputs differ
     */
    public static Result run(
            List<Path> models, Map<String, List<Long>> shapes, long seed, Options options, Progress progress) {
        if (models.isEmpty()) {
            throw new UsageException("no model to measure", "name one or more ONNX files");
        }
        var sessions = new ArrayList<OrtModel>();
        var calls = new ArrayList<OrtCall>();
        try {
            for (var path : models) {
                sessions.add(OrtModel.open(path, OrtOptions.defaults().withThreads(options.threads())));
            }
            var inputs = RandomInputs.draw(sessions.getFirst(), shapes, seed);
            sessions.forEach(session -> calls.add(session.prepare(inputs)));
            var rounds = measure(calls, options, progress);
            return new Result(
                    timings(models, rounds), shapes(inputs), options.threads(), rounds.size(), OrtModel.runtimeName());
        } finally {
            calls.forEach(OrtCall::close);
            sessions.forEach(OrtModel::close);
        }
    }

    private static Map<String, List<Long>> shapes(Map<String, HostTensor> inputs) {
        var shapes = new LinkedHashMap<String, List<Long>>();
        inputs.forEach((name, tensor) -> shapes.put(name, tensor.dims()));
        return shapes;
    }

    /** Returns nanoseconds per run: one row a round, one column a model. */
    private static List<double[]> measure(List<OrtCall> calls, Options options, Progress progress) {
        long deadline = System.nanoTime() + options.budget().toNanos();
        var repeats = warmUp(calls, options.warmup());
        var rounds = new ArrayList<double[]>();
        while (rounds.size() < options.rounds()
                && (rounds.size() < FEWEST_ROUNDS || System.nanoTime() - deadline < 0)) {
            var nanos = new double[calls.size()];
            for (int i = 0; i < nanos.length; i++) {
                int model = (i + rounds.size()) % nanos.length;
                nanos[model] = time(calls.get(model), repeats[model]);
            }
            rounds.add(nanos);
            progress.update("benchmark", rounds.size(), options.rounds(), "rounds");
        }
        return rounds;
    }

    /** Runs every model once and {@code rounds} times more; returns how often to repeat each inside a round. */
    private static int[] warmUp(List<OrtCall> calls, int rounds) {
        var repeats = new int[calls.size()];
        for (int i = 0; i < repeats.length; i++) {
            double nanos = time(calls.get(i), 1);
            for (int round = 0; round < rounds; round++) {
                nanos = Math.min(nanos, time(calls.get(i), 1));
            }
            repeats[i] = (int) Math.clamp(Math.ceil(MIN_NANOS / nanos), 1, MOST_REPEATS);
        }
        return repeats;
    }

    private static double time(OrtCall call, int repeats) {
        long start = System.nanoTime();
        for (int i = 0; i < repeats; i++) {
            call.run();
        }
        return (double) Math.max(1, System.nanoTime() - start) / repeats;
    }

    private static List<Timing> timings(List<Path> models, List<double[]> rounds) {
        var timings = new ArrayList<Timing>();
        for (int i = 0; i < models.size(); i++) {
            int model = i;
            var millis =
                    rounds.stream().mapToDouble(r -> r[model] / 1e6).sorted().toArray();
            var speedups =
                    rounds.stream().mapToDouble(r -> r[0] / r[model]).sorted().toArray();
            timings.add(
                    new Timing(models.get(i), median(millis), millis[0], millis[millis.length - 1], median(speedups)));
        }
        return timings;
    }

    /** Returns the middle of sorted values, or the mean of the two in the middle. */
    static double median(double[] sorted) {
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
