package dev.coppice.pipeline.receipt;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.cut.Finished;
import dev.coppice.pipeline.cut.Int8Step;
import dev.coppice.pipeline.cut.Pruned;
import dev.coppice.pipeline.cut.PruningLoop;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.measure.Sizes;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.quantize.Int8Alone;
import dev.coppice.pipeline.quantize.Norms;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Recovery;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.search.OddWidths;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.Plan;
import dev.coppice.prune.Selection;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.WeightPlan;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.dead.DeadWeights;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.structure.Target;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/** Measures a cut and makes its receipt. Latency, gzip size and quality cost seconds and are measured only when asked for. */
public final class ReceiptMaker {

    private final Recipe recipe;
    private final Finished finished;
    private final Pruned cut;
    private final Plan plan;
    private final Future<Sizes> sizes;
    private final WeightCounts counts;
    private final Measurements measurements;
    private final List<String> notes = new ArrayList<>();

    /**
     * What has been measured already.
     *
     * @param before bytes on disk of the model; {@code after} of the output
     * @param quality of the model, where the recipe has data
     */
    public record Known(long before, long after, Optional<Quality> quality) {}

    /** @param sizes the customary ones of the model as it was read */
    public ReceiptMaker(Recipe recipe, Finished finished, Future<Sizes> sizes) {
        this.recipe = recipe;
        this.finished = finished;
        this.cut = finished.pruned();
        this.plan = cut.plan();
        this.sizes = sizes;
        // Counts while one thread writes the output.
        this.counts = new WeightCounts(new Parallel(recipe.threads()).besideOne());
        this.measurements = new Measurements(recipe, counts);
    }

    /** Measures what follows from the graph and its weights; may run while the output is being written. */
    public void count() {
        measurements.weights(cut.before(), finished.result());
        measurements.cost(cut.before(), finished.result(), () -> await(sizes));
    }

    /** Finishes the receipt once {@link #count}, whose end {@code counting} is, has run. */
    public Receipt make(Future<?> counting, Known known, Progress progress) {
        progress.begin("count");
        await(counting);
        measure(known, progress);
        var layers = layers();
        boolean changedNothing = plan.isEmpty() && asksForChange();
        boolean noInt8 =
                finished.int8().map(result -> result.quantization().isEmpty()).orElse(false);
        note(changedNothing, noInt8);
        if (finished.int8().isPresent() && known.after() > known.before()) {
            notes.add("the file has grown: the scales and operators that int8 adds take more than its weights give");
        }
        return new Receipt(
                new Receipt.Change(
                        recipe.model().toString(),
                        recipe.output().toString(),
                        what(layers),
                        !changedNothing
                                && !noInt8
                                && cut.diagnostics().shortfalls().isEmpty()),
                measurements.list(),
                layers,
                groups(),
                cut.diagnostics().blocked().stream()
                        .map(b -> new Receipt.Refusal(b.name(), b.node(), b.op(), b.reason()))
                        .toList(),
                finished.int8().map(result -> Int8Report.of(recipe.int8().orElseThrow(), result)),
                measurements.int8Alone(),
                notes);
    }

    /** Adds what the figures do not say by themselves. */
    private void note(boolean changedNothing, boolean noInt8) {
        int8Notes(noInt8);
        if (changedNothing) {
            notes.add("nothing was pruned: " + whyNothing());
        }
        notes.addAll(cut.diagnostics().shortfalls());
        notes.addAll(cut.diagnostics().remarks());
        if (finished.clean().map(clean -> clean.removed().isEmpty()).orElse(false)) {
            notes.add("no channel was dead: none was removed");
        }
        if (!measurements.int8Alone().isEmpty()) {
            notes.add("int8 alone is the same model in int8 without pruning, the rival to beat (its bytes are"
                    + " estimated)");
        }
        notes.addAll(measurements.remarks());
        if (plan instanceof StructuredPlan || finished.clean().isPresent()) {
            OddWidths.note(cut.before(), finished.inFloat()).ifPresent(notes::add);
        }
        if (recipe.recovery().isEmpty()
                && recipe.cut() instanceof Recipe.Fresh(var _, var _, var steps)
                && steps.number() > 1) {
            notes.add(steps.number() + " steps without training between them come to the same as one: pruned at once");
        }
        if (plan instanceof ActivationPlan && !plan.isEmpty()) {
            notes.add(
                    "a dense runtime multiplies by zero activations like by any others, and the comparisons cost time:"
                            + " expect no speed-up from it; a runtime that skips them gains");
        }
        if (isTrained()
                && recipe.testData().isEmpty()
                && !recipe.data().orElseThrow().spec().hasSplits()) {
            notes.add(
                    "the quality was measured on the data that was trained on: give --test-data for an honest figure");
        }
        if (!plan.isEmpty() && (plan instanceof WeightPlan || recipe.cut().maskOnly())) {
            notes.add("a dense runtime such as ONNX Runtime computes zeros like any other number: expect the same speed"
                    + " from it and the same file size; zeros pay when the file is compressed or runs on a sparse"
                    + " runtime");
        }
    }

    private void int8Notes(boolean noInt8) {
        if (noInt8) {
            notes.add("nothing became int8: "
                    + (finished.int8().orElseThrow().quantization().inFloat().isEmpty()
                            ? "no layer has a stored weight"
                            : "every layer is in the list of those in float, with the reason"));
        }
        long norms = finished.int8().isEmpty() ? 0 : Norms.split(finished.inFloat(), finished.result());
        if (norms > 0) {
            notes.add(("%d LayerNormalizations were split into InstanceNormalization, a product and a sum, which ONNX"
                            + " Runtime computes faster on few threads; the numbers differ by rounding only")
                    .formatted(norms));
        }
        recipe.int8()
                .ifPresent(int8 -> finished.int8()
                        .orElseThrow()
                        .searched(int8.maxDrop().orElse(0))
                        .ifPresent(notes::add));
    }

    private String whyNothing() {
        boolean noneBlocked = cut.diagnostics().blocked().isEmpty();
        return switch (plan) {
            case ActivationPlan activations ->
                activations.entries().isEmpty()
                        ? "no layer reads a value whose activations could be pruned"
                        : "so many activations are zero already";
            case StructuredPlan structure ->
                !structure.entries().isEmpty()
                        ? "the share asked for is less than one unit of every group"
                        : noneBlocked
                                ? "the model has no group of the kind that was asked for, or all are kept"
                                : "every group is in the list of those that cannot be cut";
            case WeightPlan weights ->
                !weights.entries().isEmpty()
                        ? "the share asked for is less than one unit of every weight"
                        : noneBlocked && keepsAll()
                                ? "keep and only leave none of the weights to prune"
                                : noneBlocked
                                        ? "no operator here has a weight matrix that is stored as a constant (biases,"
                                                + " norm scales and embeddings are pruned only when --only names nothing"
                                                + " else)"
                                        : "every weight is in the list of those that cannot be";
        };
    }

    private boolean keepsAll() {
        return recipe.cut() instanceof Recipe.Fresh(var selection, var _, var _) && !selection.equals(Selection.ALL);
    }

    /** Waits for a task; throws what it threw. */
    public static <T> T await(Future<T> counting) {
        try {
            return counting.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while counting", e);
        }
    }

    private void measure(Known known, Progress progress) {
        measurements.files(known.before(), known.after());
        boolean rivalled = !(recipe.cut() instanceof Recipe.Nothing);
        if (rivalled) {
            measurements.estimateInt8Alone(cut.before(), known.before());
        }
        if (plan instanceof ActivationPlan activations) {
            measurements.activations(activations);
        }
        boolean runs = recipe.measure() || known.quality().isPresent();
        var alone = rivalled && runs ? int8Alone(progress) : Optional.<Int8Alone>empty();
        try {
            if (recipe.measure()) {
                progress.begin("gzip");
                measurements.gzip();
                measurements.latency(alone, progress);
            }
            known.quality().ifPresent(before -> measurements.quality(before, alone, progress));
        } finally {
            alone.ifPresent(Int8Alone::close);
        }
    }

    /** Makes the rival: the model that was cut in int8 and nothing else, in the way of the recipe where it has one. */
    private Optional<Int8Alone> int8Alone(Progress progress) {
        var asked = recipe.int8();
        return asked.isEmpty()
                ? Int8Alone.dynamic(cut.before(), recipe.threads())
                : Int8Alone.of(Int8Step.quantizer(cut.before(), asked.get(), recipe, progress)
                        .quantize(Map.of()));
    }

    private boolean asksForChange() {
        return switch (recipe.cut()) {
            case Recipe.Fresh(var _, var request, var _) ->
                switch (request.budget()) {
                    case Budget.Sparsity(double share) ->
                        share > 0 || request.quotas().stream().anyMatch(quota -> quota.sparsity() > 0);
                    case Budget.OfPattern _ -> true;
                    case Budget.MaxNonZeros _ -> weights().isEmpty();
                };
            case Recipe.Structured(var request, var _, var _, var _) ->
                request.target() instanceof Target.MaxParameters ? structure().isEmpty() : !request.isForNothing();
            case Recipe.Activations(double share, var _) -> share > 0;
            case Recipe.FromPlan _, Recipe.Nothing _ -> false;
        };
    }

    private List<WeightPlan.Entry> weights() {
        return plan instanceof WeightPlan weights ? weights.entries() : List.of();
    }

    private List<StructuredPlan.Entry> structure() {
        return plan instanceof StructuredPlan structure ? structure.entries() : List.of();
    }

    private List<Receipt.Group> groups() {
        var groups = new ArrayList<Receipt.Group>();
        for (var entry : structure()) {
            groups.add(new Receipt.Group(
                    entry.name(),
                    entry.node(),
                    entry.kind(),
                    entry.width(),
                    entry.width() - entry.removed().size()));
        }
        for (var removed : finished.clean().map(DeadWeights.Eliminated::removed).orElse(List.of())) {
            groups.add(new Receipt.Group(
                    removed.name(),
                    removed.node(),
                    removed.head() ? "head" : "dead",
                    removed.before(),
                    removed.after()));
        }
        return groups;
    }

    private String what(List<Receipt.Layer> layers) {
        if (recipe.cut() instanceof Recipe.Nothing) {
            return recipe.recovery().isEmpty() ? Int8Report.what(finished.int8().orElseThrow()) : trained() + inInt8();
        }
        return switch (plan) {
                    case ActivationPlan activations -> what(activations);
                    case StructuredPlan structure -> what(structure);
                    case WeightPlan weights -> what(weights, layers);
                }
                + (isTrained() ? ", " + trained() : "")
                + inInt8();
    }

    private String what(ActivationPlan activations) {
        return String.format(
                Locale.ROOT,
                "inputs of %d layers thinned out: %.2f %% zeros aimed at, %.2f %% measured on %s data",
                activations.entries().size(),
                100 * (recipe.cut() instanceof Recipe.Activations(double share, var _) ? share : 0),
                100 * Measurements.mean(activations, ActivationPlan.Entry::measured),
                activations.heldOut() ? "held-out" : "the calibration");
    }

    private String what(StructuredPlan structure) {
        var entries = structure.entries();
        int before = entries.stream().mapToInt(StructuredPlan.Entry::width).sum();
        int gone = entries.stream().mapToInt(entry -> entry.removed().size()).sum();
        return String.format(
                Locale.ROOT,
                "%d groups of %,d units: %,d %s (%.2f %%) by %s, %s, %s",
                entries.size(),
                before,
                gone,
                recipe.cut().maskOnly() ? "masked" : "removed",
                before == 0 ? 0 : 100.0 * gone / before,
                structure.criterion(),
                structure.granularity(),
                structure.allocate());
    }

    private static String what(WeightPlan weights, List<Receipt.Layer> layers) {
        long pruned = layers.stream().mapToLong(Receipt.Layer::pruned).sum();
        long size = layers.stream().mapToLong(Receipt.Layer::size).sum();
        return String.format(
                Locale.ROOT,
                "%d weights of %,d values: %,d pruned (%.2f %%) by %s, %s, %s",
                layers.size(),
                size,
                pruned,
                size == 0 ? 0 : 100.0 * pruned / size,
                weights.criterion(),
                Pattern.parse(weights.granularity()).describe(),
                weights.allocate());
    }

    private String inInt8() {
        return finished.int8().map(result -> ", " + Int8Report.what(result)).orElse("");
    }

    private boolean isTrained() {
        return recipe.recovery().isPresent() && !PruningLoop.hasNothingToRepair(recipe, plan.isEmpty());
    }

    /** Returns what was trained in a few words. */
    private String trained() {
        var recovery = recipe.recovery().orElseThrow();
        return String.format(
                Locale.ROOT,
                "%s %s epochs%s on %s",
                recovery.teacher() == Recovery.Teacher.LABELS ? "trained" : "distilled from the dense model",
                BigDecimal.valueOf(recovery.course().epochs())
                        .stripTrailingZeros()
                        .toPlainString(),
                recovery.steps().number() > 1
                        ? " after each of " + recovery.steps().number() + " steps"
                        : "",
                recipe.data().orElseThrow().spec().text());
    }

    private List<Receipt.Layer> layers() {
        var resolver = WeightResolver.of(cut.after().graph());
        var layers = new ArrayList<Receipt.Layer>();
        for (var entry : weights()) {
            layers.add(new Receipt.Layer(
                    entry.name(),
                    entry.node(),
                    entry.op(),
                    entry.shape(),
                    entry.weightsToPrune(),
                    zeros(resolver, entry)));
        }
        return layers;
    }

    private long zeros(WeightResolver resolver, WeightPlan.Entry entry) {
        if (resolver.resolve(entry.name()) instanceof Resolution.Found(var weight)) {
            Tensor source = weight.source();
            return source.size() - counts.nonZeros(source);
        }
        return entry.weightsToPrune();
    }
}
