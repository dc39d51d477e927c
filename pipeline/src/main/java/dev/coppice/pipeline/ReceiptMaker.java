package dev.coppice.pipeline;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.FileSizes;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.report.Measurement;
import dev.coppice.pipeline.report.Measurement.Unit;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.prune.Plan;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Measures a cut and makes its receipt. Latency, gzip size and quality cost seconds and are measured only when asked for. */
final class ReceiptMaker {

    private static final Duration LATENCY_BUDGET = Duration.ofSeconds(10);

    private final Recipe recipe;
    private final Pipeline.Cut cut;
    private final WeightCounts counts = new WeightCounts();
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    ReceiptMaker(Recipe recipe, Pipeline.Cut cut) {
        this.recipe = recipe;
        this.cut = cut;
    }

    Receipt make(Progress progress) {
        progress.update("count", 0, 0);
        weights();
        files(progress);
        latency(progress);
        quality(progress);
        var layers = layers();
        boolean changedNothing = cut.plan().isEmpty() && asksForChange();
        if (changedNothing) {
            notes.add("nothing was pruned: " + (cut.blocked().isEmpty() ? "the model has no weight that matches" : "see above"));
        }
        notes.addAll(cut.shortfalls());
        if (!cut.plan().isEmpty()) {
            notes.add("a dense runtime such as ONNX Runtime computes zeros like any other number: expect the same speed from it"
                    + " and the same file size; zeros pay when the file is compressed or runs on a sparse runtime");
        }
        return new Receipt(
                recipe.model().toString(),
                recipe.output().toString(),
                what(layers),
                measurements,
                layers,
                cut.blocked().stream()
                        .map(b -> new Receipt.Refusal(b.name(), b.node(), b.op(), b.reason()))
                        .toList(),
                notes,
                !changedNothing && cut.shortfalls().isEmpty());
    }

    private boolean asksForChange() {
        return switch (recipe.cut()) {
            case Recipe.Fresh(var _, var request) ->
                switch (request.budget()) {
                    case Budget.Sparsity(double share) ->
                        share > 0 || request.quotas().stream().anyMatch(quota -> quota.sparsity() > 0);
                    case Budget.OfPattern _ -> true;
                    case Budget.MaxNonZeros _ -> cut.plan().entries().isEmpty();
                };
            case Recipe.FromPlan _ -> false;
        };
    }

    private String what(List<Receipt.Layer> layers) {
        long pruned = layers.stream().mapToLong(Receipt.Layer::pruned).sum();
        long size = layers.stream().mapToLong(Receipt.Layer::size).sum();
        var plan = cut.plan();
        return String.format(
                Locale.ROOT,
                "%d weights of %,d values: %,d pruned (%.2f %%) by %s, %s, %s",
                layers.size(),
                size,
                pruned,
                size == 0 ? 0 : 100.0 * pruned / size,
                plan.criterion(),
                Pattern.parse(plan.pattern()).describe(),
                plan.allocate());
    }

    private void weights() {
        var before = counts.of(cut.before());
        var after = counts.of(cut.after());
        add("parameters", Unit.COUNT, before.parameters(), after.parameters());
        add("non-zeros", Unit.COUNT, before.nonZeros(), after.nonZeros());
        add("bytes", Unit.BYTES, FileSizes.bytes(recipe.model()), FileSizes.bytes(recipe.output()));
        measurements.add(new Measurement(
                "bytes-packed", Unit.BYTES, before.packedBytes(), after.packedBytes(), "weights as bitmask + values"));
    }

    private void files(Progress progress) {
        if (recipe.measure()) {
            progress.update("gzip", 0, 0);
            measurements.add(new Measurement(
                    "bytes-gzip",
                    Unit.BYTES,
                    FileSizes.gzipBytes(recipe.model()),
                    FileSizes.gzipBytes(recipe.output()),
                    ""));
        }
    }

    private void latency(Progress progress) {
        if (!recipe.measure()) {
            return;
        }
        var options = Benchmark.Options.defaults().withThreads(recipe.threads()).withBudget(LATENCY_BUDGET);
        var result = Benchmark.run(List.of(recipe.model(), recipe.output()), Map.of(), 0, options, progress);
        var before = result.timings().getFirst();
        var after = result.timings().getLast();
        measurements.add(new Measurement(
                "latency-ms",
                Unit.MILLISECONDS,
                before.medianMillis(),
                after.medianMillis(),
                String.format(
                        Locale.ROOT,
                        "%s, %d threads, median of %d (%.2f-%.2f, %.2f-%.2f), %s",
                        result.runtime(),
                        result.threads(),
                        result.rounds(),
                        before.minMillis(),
                        before.maxMillis(),
                        after.minMillis(),
                        after.maxMillis(),
                        result.inputShapes())));
    }

    private void quality(Progress progress) {
        if (recipe.data().isEmpty()) {
            return;
        }
        var data = recipe.data().get();
        var evaluation = Evaluation.of(recipe.output(), data.spec(), data.options()).withThreads(recipe.threads());
        var after = Evaluator.evaluate(evaluation, progress);
        var before = Evaluator.evaluate(
                Evaluation.of(recipe.model(), data.spec(), data.options()).withThreads(recipe.threads()), progress);
        measurements.add(new Measurement(
                after.metric(),
                Unit.NUMBER,
                before.value(),
                after.value(),
                after.samples() + " samples of " + data.spec().text()));
    }

    private List<Receipt.Layer> layers() {
        var resolver = WeightResolver.of(cut.after().graph());
        var layers = new ArrayList<Receipt.Layer>();
        for (var entry : cut.plan().entries()) {
            layers.add(new Receipt.Layer(
                    entry.name(), entry.node(), entry.op(), entry.shape(), entry.weightsToPrune(), zeros(resolver, entry)));
        }
        return layers;
    }

    private long zeros(WeightResolver resolver, Plan.Entry entry) {
        if (resolver.resolve(entry.name()) instanceof Resolution.Found(var weight)) {
            Tensor source = weight.source();
            return source.size() - counts.nonZeros(source);
        }
        return entry.weightsToPrune();
    }

    private void add(String name, Unit unit, long before, long after) {
        measurements.add(Measurement.of(name, unit, (double) before, (double) after));
    }
}
