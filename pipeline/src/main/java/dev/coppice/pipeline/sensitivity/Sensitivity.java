package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.ir.file.TemporaryFile;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.spec.DataHash;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.measure.Probe;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Option.Affects;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.OptionTable;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.run.Inputs;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.workers.CellLog;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.structure.Granularity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Measures how a model's quality falls as its weights, or groups of channels or heads, are pruned one at a time. */
public final class Sensitivity {

    /** The sparsities at which layers are measured unless others are asked for. */
    public static final List<Double> SPARSITIES = List.of(0.1, 0.3, 0.5, 0.7, 0.9);

    /** Samples are enough to tell layers apart long before they are enough to rank models. */
    private static final long SAMPLES = 512;

    private static final long WINDOWS = 8;

    private final Recipe recipe;
    private final Model model;
    private final Progress progress;
    private @Nullable Probe probe;
    private @Nullable Layers layers;
    private @Nullable Map<String, Object> conditions;

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
        if (granularity.equals("activation")) {
            throw ofActivations();
        }
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
        try (var _ = directory.map(RunDirectory::hold).orElse(null)) {
            directory.ifPresent(to -> to.recipe(settings.values()));
            var sensitivity = new Sensitivity(recipe, model, progress);
            var curves = sensitivity.curves(sensitivity.grid(sparsities), recipe.run());
            directory.ifPresent(to -> leave(to, curves));
            report.ifPresent(file -> TemporaryFile.write(file, CurvesPage.of(curves)));
            return curves;
        }
    }

    /** Measures the layers that a recipe is about to prune, with what an earlier run left in the run directory. */
    public static Curves of(Recipe recipe, Model model, List<Double> sparsities, Progress progress) {
        requireData(recipe);
        var sensitivity = new Sensitivity(recipe, model, progress);
        return sensitivity.curves(sensitivity.grid(sparsities), recipe.run());
    }

    /**
     * Takes the curves that {@code coppice sensitivity} has left in a directory; measures only sparsities that are asked for and
     * missing there.
     *
     * @param sparsities asked for; empty for those that were measured
     * @throws BadInputException when there are none of this model, data and way to rank
     */
    public static Curves from(Path directory, Recipe recipe, Model model, List<Double> sparsities, Progress progress) {
        requireData(recipe);
        var sensitivity = new Sensitivity(recipe, model, progress);
        var grid = sensitivity.grid(sparsities);
        var cells = CellLog.read(directory.resolve(RunDirectory.CELLS));
        var measured = cells.stream()
                .filter(cell -> grid.key().equals(cell.get("key")))
                .map(cell -> cell.get("asked"))
                .filter(Double.class::isInstance)
                .map(Double.class::cast)
                .collect(Collectors.toCollection(TreeSet::new));
        if (measured.isEmpty()) {
            throw sensitivity.foreign(directory, cells.isEmpty());
        }
        var wanted =
                sparsities.isEmpty() ? new Measuring.Grid(List.copyOf(measured), grid.key(), grid.workers()) : grid;
        var known = Measuring.known(sensitivity.layers(), sensitivity.probe(), wanted, cells);
        if (known.isPresent()) {
            return new Curves(sensitivity.conditions(), sensitivity.probe().dense(), known.get());
        }
        try (var _ = recipe.run().filter(directory::equals).isPresent()
                ? null
                : RunDirectory.at(directory).hold()) {
            return sensitivity.curves(wanted, Optional.of(directory));
        }
    }

    /** Says why the curves of a directory are not those that are wanted. */
    private BadInputException foreign(Path directory, boolean none) {
        var hint = "measure them with 'coppice sensitivity --run DIR' and the same model, data, criterion and"
                + " granularity, or leave the curves out";
        if (none) {
            return new BadInputException("there are no curves in " + directory, hint);
        }
        var differences = new ArrayList<String>();
        var file = directory.resolve("sensitivity.json");
        var theirs = Files.exists(file) ? Json.document(file, hint) : Map.of();
        conditions().forEach((name, ours) -> {
            var other = theirs.get(name);
            if (!theirs.isEmpty() && !ours.equals(other)) {
                differences.add("%s %s there, %s here".formatted(name, other == null ? "not given" : other, ours));
            }
        });
        return new BadInputException(
                "the curves in " + directory + " were measured under other conditions"
                        + (differences.isEmpty() ? "" : ": " + String.join("; ", differences)),
                hint);
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
    public static List<Double> sparsities(Settings settings) {
        var given = settings.numbers("sparsities");
        for (double sparsity : given) {
            if (!(sparsity > 0 && sparsity < 1)) {
                throw new UsageException("a sparsity of " + sparsity, "give numbers between 0 and 1, as in 0.5,0.9");
            }
        }
        return given.isEmpty() ? SPARSITIES : List.copyOf(new TreeSet<>(given));
    }

    /** Reads the samples, and says what is to be measured. */
    private Measuring.Grid grid(List<Double> sparsities) {
        if (layers().list().isEmpty()) {
            throw new UsageException("there is nothing to prune", "'coppice inspect' says what blocks it");
        }
        return new Measuring.Grid(ofPattern(sparsities), key(conditions()), workers());
    }

    private Curves curves(Measuring.Grid grid, Optional<Path> directory) {
        var file = directory.map(to -> to.resolve(RunDirectory.CELLS));
        try (var log = file.map(CellLog::open).orElse(null)) {
            var curves = Measuring.run(layers(), probe(), grid, Optional.ofNullable(log), progress);
            if (curves.stream()
                    .anyMatch(curve -> curve.points().size() < grid.sparsities().size())) {
                throw new StoppedException(
                        "stopped before every layer was measured",
                        file.isPresent() ? "the same command goes on" : "with --run DIR, the same command would go on");
            }
            return new Curves(conditions(), probe().dense(), curves);
        }
    }

    private Probe probe() {
        if (probe == null) {
            var data = recipe.data().orElseThrow();
            progress.begin("read");
            probe = Probe.of(recipe.model(), data.spec(), limited(data), progress);
        }
        return probe;
    }

    /** Identifies what a cell depends on by content: the same samples from another place are the same. */
    private static String key(Map<String, Object> conditions) {
        return Provenance.sha256(Json.line(content(conditions)).getBytes(StandardCharsets.UTF_8))
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
        var collector = new EvidenceCollector(recipe, found.model(), request.criterion(), progress);
        return new WeightLayers(found.model(), collector.ofParameters(found.parameters()), request);
    }

    private Layers layers() {
        if (layers == null) {
            layers = collected();
        }
        return layers;
    }

    private Layers collected() {
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
                        new EvidenceCollector(recipe, stored, cut.request().criterion(), progress));
            }
            case Recipe.Activations _ -> throw ofActivations();
            case Recipe.FromPlan _, Recipe.Nothing _ ->
                throw new UsageException("a plan has no curves", "leave the plan out");
        };
    }

    private static UsageException ofActivations() {
        return new UsageException(
                "the sensitivity of activations is not measured", "choose channel, head or a pattern of zeros");
    }

    /** Says all that a cell depends on but its layer and sparsity, and where the samples come from. */
    private Map<String, Object> conditions() {
        if (conditions == null) {
            conditions = collectedConditions();
        }
        return conditions;
    }

    private Map<String, Object> collectedConditions() {
        var conditions = new LinkedHashMap<String, Object>();
        conditions.put("model", String.valueOf(recipe.model().getFileName()));
        conditions.put("model-sha256", Provenance.sha256OfModel(recipe.model()));
        conditions.put("data-sha256", probe().sha256());
        conditions.put("dense", probe().dense().value());
        conditions.putAll(ofACell(recipe.describe()));
        conditions.putAll(ofRanking());
        return conditions;
    }

    /** Returns what of some conditions a cell depends on; of the model and the samples there are hashes. */
    static Map<String, Object> content(Map<String, Object> conditions) {
        var content = new LinkedHashMap<>(conditions);
        content.keySet().removeAll(samples(conditions).keySet());
        content.remove("model");
        return content;
    }

    /** Returns the settings that say how units are ranked and the model is judged, and where the samples come from. */
    static Map<String, Object> ofACell(Map<String, Object> settings) {
        var conditions = OptionTable.affecting(settings, Affects.RANKING);
        conditions.putAll(samples(settings));
        return conditions;
    }

    /** Returns the settings that say where the samples come from; what they are is hashed. */
    private static Map<String, Object> samples(Map<String, Object> settings) {
        var samples = OptionTable.affecting(settings, Affects.RUN);
        samples.keySet().removeIf(name -> OptionTable.named(name).group() != Group.DATA);
        return samples;
    }

    /** Returns the settings that only some criteria depend on, where the recipe's does. */
    private Map<String, Object> ofRanking() {
        var criterion = Criteria.named(recipe.settings().requiredText("criterion"));
        var conditions = new LinkedHashMap<String, Object>();
        if (criterion.needsData()) {
            var data = recipe.data().orElseThrow();
            conditions.put("calibrate", recipe.calibrate());
            conditions.put("calibration-limit", data.options().limit().orElse(Long.MAX_VALUE));
            conditions.put("calibration-sha256", DataHash.of(data.spec(), data.options()));
        }
        if (criterion.label().equals("random") || needs(criterion, Evidence.Source.UPDATES)) {
            conditions.put("seed", recipe.settings().integer("seed").orElse(0L));
        }
        if (criterion.needs().contains(Evidence.SYNAPTIC_FLOW)) {
            conditions.put("shape", recipe.shapes().toString());
        }
        return conditions;
    }

    private static boolean needs(Criterion criterion, Evidence.Source source) {
        return criterion.needs().stream().anyMatch(kind -> kind.source() == source);
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
