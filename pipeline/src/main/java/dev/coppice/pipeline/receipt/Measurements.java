package dev.coppice.pipeline.receipt;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Cost;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.measure.Sizes;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.quantize.Int8Alone;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.report.Measurement;
import dev.coppice.pipeline.report.Measurement.Unit;
import dev.coppice.prune.ActivationPlan;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** Measures a model before and after, figure by figure; what cannot be measured becomes a remark, not a guess. */
public final class Measurements {

    private static final Duration LATENCY_BUDGET = Duration.ofSeconds(10);

    /** Samples without labels that are enough to tell two models' outputs apart. */
    private static final long UNLABELLED = 512;

    private final Recipe recipe;
    private final WeightCounts counts;
    private final List<Measurement> list = new ArrayList<>();
    private final List<String> remarks = new ArrayList<>();
    private final Map<String, Double> int8Alone = new LinkedHashMap<>();

    Measurements(Recipe recipe, WeightCounts counts) {
        this.recipe = recipe;
        this.counts = counts;
    }

    List<Measurement> list() {
        return list;
    }

    /** Returns the figures of the model in int8 without pruning, by the names of the measurements. */
    Map<String, Double> int8Alone() {
        return int8Alone;
    }

    /** Returns why a figure is missing, one sentence each. */
    List<String> remarks() {
        return remarks;
    }

    void weights(Model before, Model after) {
        // The pruned model first: counting it counts what it was made from in the same pass.
        var pruned = counts.of(after);
        var dense = counts.of(before);
        add("parameters", Unit.COUNT, dense.parameters(), pruned.parameters(), "");
        add("non-zeros", Unit.COUNT, dense.nonZeros(), pruned.nonZeros(), "");
        add(
                "non-zeros-effective",
                Unit.COUNT,
                dense.effective(),
                pruned.effective(),
                "weights that can still influence an output");
        add("bytes-packed", Unit.BYTES, dense.packedBytes(), pruned.packedBytes(), "weights as bitmask + values");
    }

    void files(long before, long after) {
        add("bytes", Unit.BYTES, before, after, "on disk");
    }

    /** Adds what one run costs in arithmetic, memory and energy; a model of open sizes that are not customary has no such figures. */
    void cost(Model before, Model after, Supplier<Sizes> customary) {
        Cost dense;
        Cost pruned;
        try {
            var sizes = customary.get();
            dense = CostAccount.of(before, sizes, counts);
            pruned = CostAccount.of(after, sizes, counts);
        } catch (UsageException | BadModelException e) {
            remarks.add("arithmetic was not counted: " + e.getMessage());
            return;
        }
        var at = shapes(dense.inputShapes()) + (dense.isComplete() ? "" : ", at least");
        add("macs", Unit.COUNT, dense.macs(), pruned.macs(), at);
        add("macs-effective", Unit.COUNT, dense.effectiveMacs(), pruned.effectiveMacs(), "by weights other than zero");
        add(
                "bytes-moved",
                Unit.BYTES,
                dense.bytesMoved(),
                pruned.bytesMoved(),
                "weights and activations, once per use");
        add("peak-activation-bytes", Unit.BYTES, dense.peakActivationBytes(), pruned.peakActivationBytes(), "");
        add("energy-joules", Unit.JOULES, joules(dense), joules(pruned), "estimate (Horowitz 2014, 45 nm)");
        for (var missing : dense.uncounted()) {
            remarks.add("not counted: %s (%s): %s".formatted(missing.node(), missing.op(), missing.reason()));
        }
    }

    private static double joules(Cost cost) {
        return cost.energyMicrojoules() * 1e-6;
    }

    void gzip() {
        var parallel = new Parallel(recipe.threads());
        long before = FileSizes.gzipBytes(recipe.model(), parallel);
        long after = FileSizes.gzipBytes(recipe.output(), parallel);
        add("bytes-gzip", Unit.BYTES, before, after, "");
    }

    /** Adds the size that the model would have in int8 without pruning. */
    void estimateInt8Alone(Model model, long bytes) {
        boolean embeddings = recipe.int8().map(Int8::embeddings).orElse(false);
        Int8Alone.bytes(model, bytes, embeddings).ifPresent(estimate -> int8Alone.put("bytes", (double) estimate));
    }

    /** Adds the latency of both; a model of open sizes that are not customary, or that the runtime refuses, has none. */
    void latency(Optional<Int8Alone> alone, Progress progress) {
        var options = Benchmark.Options.defaults().withThreads(recipe.threads()).withBudget(LATENCY_BUDGET);
        final Benchmark.Result result;
        try {
            var models = new ArrayList<>(List.of(recipe.model(), recipe.output()));
            alone.ifPresent(int8 -> models.add(int8.file()));
            result = Benchmark.run(models, recipe.shapes(), 0, options, progress);
        } catch (UsageException | BadModelException e) {
            remarks.add("latency was not measured: " + e.getMessage());
            return;
        }
        var before = result.timings().getFirst();
        var after = result.timings().get(1);
        alone.ifPresent(
                _ -> int8Alone.put("latency-ms", result.timings().getLast().medianMillis()));
        var conditions = String.format(
                Locale.ROOT,
                "%s, %d threads, median of %d (%.2f-%.2f, %.2f-%.2f), %s",
                result.runtime(),
                result.threads(),
                result.rounds(),
                before.minMillis(),
                before.maxMillis(),
                after.minMillis(),
                after.maxMillis(),
                shapes(result.inputShapes()));
        add("latency-ms", Unit.MILLISECONDS, before.medianMillis(), after.medianMillis(), conditions);
    }

    /** Adds the quality of the output beside that of the model, on the recipe's data. */
    public void quality(Quality before, Optional<Int8Alone> alone, Progress progress) {
        var data = recipe.judge().orElseThrow();
        var after = quality(recipe.output(), recipe, data, progress);
        var samples = after.samples() + " samples of " + data.spec().text();
        add(after.metric(), Unit.NUMBER, before.value(), after.value(), samples);
        alone.ifPresent(int8 -> int8Alone.put(
                after.metric(), quality(int8.file(), recipe, data, progress).value()));
    }

    public static Quality quality(Path model, Recipe recipe, Recipe.Data data, Progress progress) {
        var evaluation = Evaluation.of(model, data.spec(), data.options()).withThreads(recipe.threads());
        if (data.spec().isUnlabelled(ModelInputs.of(OnnxReader.read(model)))) {
            // Without labels, the dense model's outputs are the measure.
            var some = data.options().limit().isPresent()
                    ? data.options()
                    : data.options().withLimit(UNLABELLED);
            evaluation = Evaluation.of(model, data.spec(), some)
                    .withThreads(recipe.threads())
                    .withReference(recipe.model());
        }
        return Evaluator.evaluate(evaluation, progress);
    }

    /** Adds the share of zeros among the activations that layers read, the mean over the layers. */
    void activations(ActivationPlan plan) {
        add(
                "activation-sparsity",
                Unit.NUMBER,
                mean(plan, ActivationPlan.Entry::before),
                mean(plan, ActivationPlan.Entry::measured),
                plan.heldOut() ? "after: on held-out data" : "on the calibration data");
    }

    static double mean(ActivationPlan plan, ToDoubleFunction<ActivationPlan.Entry> share) {
        return plan.entries().stream().mapToDouble(share).average().orElse(0);
    }

    private void add(String name, Unit unit, long before, long after, String remark) {
        add(name, unit, (double) before, (double) after, remark);
    }

    private void add(String name, Unit unit, double before, double after, String remark) {
        list.add(new Measurement(name, unit, before, after, remark));
    }

    /** Writes input sizes as {@code input_ids 1x128, attention_mask 1x128}. */
    private static String shapes(Map<String, List<Long>> shapes) {
        var parts = new ArrayList<String>();
        new TreeMap<>(shapes)
                .forEach((name, dims) -> parts.add(name + " "
                        + String.join("x", dims.stream().map(Object::toString).toList())));
        return String.join(", ", parts);
    }
}
