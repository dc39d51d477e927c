package dev.coppice.pipeline.recipe;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.data.spec.Preprocess;
import dev.coppice.pipeline.evidence.CalibrationData;
import dev.coppice.pipeline.measure.CustomaryShapes;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recover.Recovery;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Selection;
import dev.coppice.prune.schedule.Schedule;
import dev.coppice.prune.structure.StructuredRequest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Describes a run completely and validly: what is pruned, how it is trained, what is measured.
 *
 * @param repairs what is done without training, before it
 * @param recovery the training after each step of pruning; empty to prune only
 * @param int8 the precision that the result gets at the end; empty to leave it as it is
 * @param data what to train on, and to judge the models on; empty to do neither
 * @param testData what to judge on instead
 * @param settings the settings this recipe was made from, defaults included
 */
public record Recipe(
        Places places,
        Cut cut,
        Repairs repairs,
        Optional<Recovery> recovery,
        Optional<Int8> int8,
        Optional<Data> data,
        Optional<Data> testData,
        Settings settings) {

    /**
     * Where things are.
     *
     * @param run the run directory; empty to leave none
     */
    public record Places(Path model, Path output, Optional<Path> run) {}

    /** What is to be pruned: chosen afresh, or as a plan file says, or nothing. */
    public sealed interface Cut {

        /** Says whether zeros are written in place of a cut. */
        default boolean maskOnly() {
            return false;
        }
    }

    public record Fresh(Selection selection, PruneRequest request, Steps steps) implements Cut {}

    /**
     * Channels, heads or layers are removed.
     *
     * @param maskOnly whether zeros are written in place of a cut
     * @param latency the most time that a run may take, which wins over the request's target; empty for none
     */
    public record Structured(StructuredRequest request, boolean maskOnly, Optional<LatencyBudget> latency, Steps steps)
            implements Cut {}

    public record FromPlan(Path plan, boolean maskOnly) implements Cut {}

    /** The model is only trained, or only made int8. */
    public record Nothing() implements Cut {}

    /** Values below thresholds become zero before layers read them, a share of each layer's inputs. */
    public record Activations(double share, Selection selection) implements Cut {}

    /**
     * What is done for the pruned model without training.
     *
     * @param list in this order
     * @param calibrate how many samples of the data are looked at, by criteria too
     */
    public record Repairs(List<Repair> list, long calibrate) {
        public Repairs {
            list = List.copyOf(list);
        }
    }

    /** In how many steps, and how unequal ones, pruning goes to its end. */
    public record Steps(Schedule schedule, int number) {

        /** Returns the sparsity that a step, counted from 0, reaches on the way to the last one's. */
        public double reached(int step, double last) {
            return schedule.sparsities(last, number).get(step);
        }
    }

    /** Samples with labels, pairs or texts. */
    public record Data(DataSpec spec, DataOptions options) {

        /** Returns the first {@code most} of them, for a model to calibrate on. */
        public CalibrationData samples(Model model, long most) {
            return new CalibrationData(spec, options, ModelInputs.ofBatches(model), most);
        }
    }

    /**
     * Makes a recipe of settings.
     *
     * @throws dev.coppice.ir.UsageException for a value that makes no sense, or (from the command line) an unknown setting
     * @throws dev.coppice.ir.BadInputException for an unknown or malformed setting of a recipe file
     */
    public static Recipe of(Settings given) {
        var settings = CutSettings.withDefaults(OptionTable.checked(given));
        var places = new Places(path(settings, "model"), path(settings, "output"), settings.path("run"));
        var cut = CutSettings.cut(settings);
        return new Recipe(
                places,
                cut,
                RepairSettings.of(settings, cut),
                RecoverySettings.of(
                        settings,
                        switch (cut) {
                            case Fresh fresh -> fresh.steps().number();
                            case Structured structured -> structured.steps().number();
                            case FromPlan _, Activations _, Nothing _ -> 1;
                        }),
                Int8Settings.of(settings),
                data(settings),
                testData(settings),
                settings);
    }

    private static Path path(Settings settings, String name) {
        settings.requiredText(name);
        return settings.path(name).orElseThrow();
    }

    private static Optional<Data> testData(Settings settings) {
        return settings.text("test-data").map(spec -> new Data(DataSpec.parse(spec), options(settings)));
    }

    /** Reads what data to use and how; also for commands that prune nothing. */
    public static Optional<Data> data(Settings given) {
        var settings = OptionTable.checked(given);
        if (!settings.values().containsKey("data") && !settings.values().containsKey("test-data")) {
            for (var name : OptionTable.names(Group.DATA)) {
                if (settings.values().containsKey(name)) {
                    throw settings.error("'" + name + "' without data", "give data: " + DataSpec.FORMS);
                }
            }
        }
        return settings.text("data").map(spec -> new Data(DataSpec.parse(spec), options(settings)));
    }

    private static DataOptions options(Settings settings) {
        var preprocess = new Preprocess(
                settings.numbers("mean"),
                settings.numbers("std"),
                settings.text("size").map(Preprocess.Size::parse),
                choice(settings, "layout", Preprocess.Layout.class));
        var limit = settings.integer("limit");
        return new DataOptions(
                preprocess,
                choice(settings, "split", Split.class),
                limit.isPresent() ? OptionalLong.of(limit.get()) : OptionalLong.empty(),
                settings.path("tokenizer"),
                choice(settings, "pooling", Pooling.class).orElse(Pooling.MEAN));
    }

    private static <E extends Enum<E>> Optional<E> choice(Settings settings, String name, Class<E> type) {
        return settings.text(name).map(text -> Enum.valueOf(type, text.toUpperCase(Locale.ROOT)));
    }

    public Path model() {
        return places.model();
    }

    public Path output() {
        return places.output();
    }

    public Optional<Path> run() {
        return places.run();
    }

    /** Says whether the receipt has measured latency and gzip size. */
    public boolean measure() {
        return settings.flag("measure") || settings.text("max-latency").isPresent();
    }

    public int threads() {
        return Math.toIntExact(
                settings.integer("threads").orElse((long) Runtime.getRuntime().availableProcessors()));
    }

    /** Returns how many samples of the data criteria look at. */
    public long calibrate() {
        return repairs.calibrate();
    }

    /** Returns the input sizes to count and measure at, by input; where none is given the {@linkplain CustomaryShapes customary} ones hold. */
    public Map<String, List<Long>> shapes() {
        return RandomInputs.parseShapes(settings.texts("shape"));
    }

    /** Says whether channels that pruning has emptied are to be removed. */
    public boolean dropDead() {
        return settings.flag("drop-dead");
    }

    /** Returns the data that the models are judged on. */
    public Optional<Data> judge() {
        return testData.isPresent() ? testData : data;
    }

    /** Returns the recipe in the form of a file, defaults included. */
    public Map<String, Object> describe() {
        return new LinkedHashMap<>(settings.values());
    }
}
