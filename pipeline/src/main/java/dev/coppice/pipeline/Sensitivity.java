package dev.coppice.pipeline;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.ir.file.TemporaryFile;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataSpec;
import dev.coppice.pipeline.measure.Probe;
import dev.coppice.pipeline.progress.CellLog;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.pipeline.sensitivity.CurvesPage;
import dev.coppice.pipeline.sensitivity.Layers;
import dev.coppice.pipeline.sensitivity.Measuring;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.structure.Granularity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Measures how a model's quality falls as its weights, or groups of channels or heads, are pruned one at a time. */
public final class Sensitivity {

    /** The file of a run directory that holds the cells. */
    public static final String CELLS = "sensitivity.jsonl";

    /** The sparsities at which layers are measured unless others are asked for. */
    public static final List<Double> SPARSITIES = List.of(0.1, 0.3, 0.5, 0.7, 0.9);

    /** Samples are enough to tell layers apart long before they are enough to rank models. */
    private static final long SAMPLES = 512;

    private static final long WINDOWS = 8;

    /** Settings that change what is measured where, not what a cell says. */
    private static final Set<String> NOT_OF_A_CELL = Set.of(
            "model",
            "output",
            "run",
            "curves",
            "sparsities",
            "sparsity",
            "max-nonzeros",
            "max-macs",
            "keep",
            "only",
            "threads",
            "measure",
            "schedule",
            "steps",
            "drop-dead",
            "allocate",
            "layers",
            "test-data",
            "round-to",
            "min-kept",
            "mask-only",
            "reconstruct",
            "include-normalised");

    /** Conditions that say where the samples come from; what they are is hashed. */
    private static final Set<String> PLACES =
            Set.of("model", "data", "tokenizer", "limit", "split", "mean", "std", "size", "layout");

    private final Recipe recipe;
    private final Model model;
    private final Progress progress;

    private Sensitivity(Recipe recipe, Model model, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.progress = progress;
    }

    /** Measures every layer that a recipe would prune, and writes no page; else as {@link #run(Settings, Optional, Progress)}. */
    public static Curves run(Settings settings, Progress progress) {
        return run(settings, Optional.empty(), progress);
    }

    /**
     * Measures every layer that a recipe would prune.
     *
     * @param settings as of {@code coppice prune}, without an output; and {@code sparsities}
     * @param report where a page goes, besides the run directory
     * @throws dev.coppice.ir.UsageException when what is asked for makes no sense
     */
    public static Curves run(Settings settings, Optional<Path> report, Progress progress) {
        report.ifPresent(Outputs::requireWritable);
        var values = new LinkedHashMap<>(settings.values());
        var sparsities = sparsities(settings);
        var granularity = settings.text("granularity").orElse("unstructured");
        values.put("output", "none");
        if (Granularity.isStructured(granularity) || !(Pattern.parse(granularity) instanceof Pattern.NofM)) {
            values.put("sparsity", 0.5);
        }
        var recipe = Recipe.of(new Settings(settings.origin(), values));
        requireData(recipe);
        var model = OnnxReader.read(recipe.model());
        var inputs = new Inputs(recipe, model);
        report.ifPresent(inputs::requireKept);
        recipe.run().ifPresent(inputs::requireApartFromRun);
        var directory = recipe.run().map(RunDirectory::at);
        directory.ifPresent(to -> to.recipe(settings.values()));
        var sensitivity = new Sensitivity(recipe, model, progress);
        var curves = sensitivity.curves(sparsities, recipe.run());
        directory.ifPresent(to -> leave(to, curves));
        report.ifPresent(file -> TemporaryFile.write(file, CurvesPage.of(curves)));
        return curves;
    }

    /** Measures the layers that a recipe is about to prune, with what an earlier run left in {@code directory}. */
    static Curves of(Recipe recipe, Model model, List<Double> sparsities, Optional<Path> directory, Progress progress) {
        requireData(recipe);
        return new Sensitivity(recipe, model, progress).curves(sparsities, directory);
    }

    private static void leave(RunDirectory to, Curves curves) {
        to.write("sensitivity.json", Json.write(curves.describe()));
        to.write("report.html", CurvesPage.of(curves));
    }

    private static void requireData(Recipe recipe) {
        if (recipe.data().isEmpty()) {
            throw new UsageException("nothing to measure on", "give data: " + DataSpec.FORMS);
        }
    }

    /** Returns the sparsities that settings ask for, or the usual ones, ascending. */
    static List<Double> sparsities(Settings settings) {
        var given = settings.numbers("sparsities");
        for (double sparsity : given) {
            if (!(sparsity > 0 && sparsity < 1)) {
                throw new UsageException("a sparsity of " + sparsity, "give numbers between 0 and 1, as in 0.5,0.9");
            }
        }
        return given.isEmpty() ? SPARSITIES : List.copyOf(new TreeSet<>(given));
    }

    private Curves curves(List<Double> sparsities, Optional<Path> directory) {
        var data = recipe.data().orElseThrow();
        progress.update("read", 0, 0);
        var probe = Probe.of(recipe.model(), data.spec(), limited(data), progress);
        var layers = layers();
        if (layers.list().isEmpty()) {
            throw new UsageException("there is nothing to prune", "'coppice inspect' says what blocks it");
        }
        var conditions = conditions(probe);
        var key = key(conditions);
        var grid = new Measuring.Grid(ofPattern(sparsities), key, workers());
        var file = directory.map(to -> to.resolve(CELLS));
        try (var log = file.map(CellLog::open).orElse(null)) {
            var curves = Measuring.run(layers, probe, grid, Optional.ofNullable(log), progress);
            if (curves.stream()
                    .anyMatch(curve -> curve.points().size() < grid.sparsities().size())) {
                throw new StoppedException(
                        "stopped before every layer was measured",
                        file.isPresent() ? "the same command goes on" : "with --run DIR, the same command would go on");
            }
            return new Curves(conditions, probe.dense(), curves);
        }
    }

    /** Identifies what a cell depends on by content: the same samples from another place are the same. */
    private static String key(Map<String, Object> conditions) {
        var content = new LinkedHashMap<>(conditions);
        content.keySet().removeAll(PLACES);
        if (!"random".equals(content.get("criterion"))) {
            content.remove("seed");
        }
        return Provenance.sha256(Json.line(content).getBytes(StandardCharsets.UTF_8))
                .substring(0, 16);
    }

    /** An N:M pattern has but one sparsity. */
    private List<Double> ofPattern(List<Double> sparsities) {
        return recipe.cut() instanceof Recipe.Fresh fresh
                        && fresh.request().pattern() instanceof Pattern.NofM(int pruned, int group)
                ? List.of((double) pruned / group)
                : sparsities;
    }

    private DataOptions limited(Recipe.Data data) {
        if (data.options().limit().isPresent()) {
            return data.options();
        }
        return data.options().withLimit(data.spec() instanceof DataSpec.Tokens ? WINDOWS : SAMPLES);
    }

    private WeightLayers weightLayers(WeightFolding.Found found, PruneRequest request) {
        var gathering = new Gathering(recipe, found.model(), request.criterion(), progress);
        return new WeightLayers(found.model(), gathering.ofParameters(found.parameters()), request);
    }

    private Layers layers() {
        return switch (recipe.cut()) {
            case Recipe.Fresh(var selection, var request, var _) ->
                weightLayers(WeightFolding.find(model, selection), request);
            case Recipe.Structured cut
            when cut.request().granularity().contains(Granularity.LAYER) ->
                throw new UsageException(
                        "the sensitivity of whole layers: they are there or not, which makes no curve",
                        "choose channel, head or a pattern of zeros");
            case Recipe.Structured cut -> {
                var stored = WeightFolding.fold(model);
                yield new GroupLayers(
                        stored,
                        cut.request(),
                        new Calibration(recipe, stored, progress),
                        new Gathering(recipe, stored, cut.request().criterion(), progress));
            }
            case Recipe.Activations _ ->
                throw new UsageException(
                        "the sensitivity of activations is not measured", "choose channel, head or a pattern of zeros");
            case Recipe.FromPlan _, Recipe.Nothing _ ->
                throw new UsageException("a plan has no curves", "leave the plan out");
        };
    }

    /** Says all that a cell depends on but its layer and sparsity. */
    private Map<String, Object> conditions(Probe probe) {
        var conditions = new LinkedHashMap<String, Object>();
        conditions.put("model", String.valueOf(recipe.model().getFileName()));
        conditions.put("model-sha256", Provenance.sha256(recipe.model()));
        conditions.put("data-sha256", probe.sha256());
        conditions.put("dense", probe.dense().value());
        recipe.describe().forEach((name, value) -> {
            if (!NOT_OF_A_CELL.contains(name) && !RecoverySettings.NAMES.contains(name)) {
                conditions.put(name, value);
            }
        });
        return conditions;
    }

    /** Bounds the workers by memory: each holds a model as bytes, as ONNX Runtime reads it, and packed for its kernels. */
    private int workers() {
        long bytes;
        try {
            bytes = Files.size(recipe.model());
        } catch (java.io.IOException e) {
            throw new BadInputException("cannot read " + recipe.model(), "check its permissions", e);
        }
        long memory = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : 4L << 30;
        return Math.clamp(memory / 2 / (3 * bytes + 1), 1, recipe.threads());
    }
}
