package dev.coppice.pipeline.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.Quality;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.recover.StoppedException;
import dev.coppice.pipeline.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SensitivityTest {

    @TempDir
    private Path folder;

    private Path model;
    private Path run;

    @BeforeEach
    void writeModel() {
        model = folder.resolve("dense.onnx");
        run = folder.resolve("run");
        OnnxWriter.write(SampleModel.read(), model);
    }

    private Settings settings(Map<String, Object> more) {
        var settings = new HashMap<String, Object>(Map.of(
                "model", model.toString(), "data", "digits", "limit", 64L, "sparsities", "0.5,0.9", "threads", 2L));
        settings.putAll(more);
        return new Settings("", settings);
    }

    private Curves measure(Map<String, Object> more) {
        return Sensitivity.run(settings(more), Progress.NONE);
    }

    private List<String> cells() throws IOException {
        return Files.readAllLines(run.resolve(RunDirectory.CELLS));
    }

    /** Prunes through a file, and evaluates that. */
    private Quality pruned(String layer, double sparsity, String granularity) {
        var output = folder.resolve("pruned.onnx");
        var recipe = Recipe.of(new Settings(
                "",
                Map.of(
                        "model",
                        model.toString(),
                        "output",
                        output.toString(),
                        "only",
                        List.of(layer),
                        "sparsity",
                        sparsity,
                        "granularity",
                        granularity,
                        "threads",
                        1L)));
        Pipeline.run(recipe, Progress.NONE);
        var data = Recipe.data(settings(Map.of("split", "train"))).orElseThrow();
        return Evaluator.evaluate(Evaluation.of(output, data.spec(), data.options()), Progress.NONE);
    }

    @ParameterizedTest
    @CsvSource({"unstructured", "row", "block:2x1", "channel"})
    void aCellIsTheQualityOfTheModelThatIsPrunedThereAlone(String granularity) {
        var curves = measure(Map.of("granularity", granularity));
        assertThat(curves.curves()).hasSizeGreaterThan(1);
        for (var curve : curves.curves()) {
            var last = curve.points().getLast();
            var expected = pruned(curve.layer().name(), last.asked(), granularity);
            assertThat(last.quality()).as(curve.layer().name()).isEqualTo(expected.value());
            assertThat(last.damage())
                    .isCloseTo(
                            expected.more().get("loss") - curves.dense().more().get("loss"), within(1e-6));
        }
    }

    @Test
    void aStoppedRunGoesOnWithoutRepeatingACell() throws IOException {
        var stopping = new Progress() {
            private boolean stop;

            @Override
            public void update(Event event) {
                stop |= event.stage().equals("measure") && event.done() >= 2;
            }

            @Override
            public boolean stopRequested() {
                return stop;
            }
        };
        var again = Map.<String, Object>of("run", run.toString(), "threads", 1L);
        assertThatThrownBy(() -> Sensitivity.run(settings(again), stopping)).isInstanceOf(StoppedException.class);
        var first = cells();
        assertThat(first).hasSize(2);
        // As a kill would leave it: the line that was being written is torn.
        Files.writeString(run.resolve(RunDirectory.CELLS), "{\"key\":\"", StandardOpenOption.APPEND);
        var resumed = measure(again);
        assertThat(cells()).hasSize(6).startsWith(first.toArray(String[]::new)).doesNotHaveDuplicates();
        assertThat(resumed).isEqualTo(measure(Map.of()));
    }

    @Test
    void cellsOfOtherConditionsAreNotTakenForOurs() throws IOException {
        measure(Map.of("run", run.toString()));
        measure(Map.of("run", run.toString(), "criterion", "random"));
        assertThat(cells()).hasSize(12).doesNotHaveDuplicates();
    }

    @Test
    void anNofMPatternHasOneColumn() {
        var curves = measure(Map.of("granularity", "2:4"));
        assertThat(curves.curves())
                .allSatisfy(curve -> assertThat(curve.points())
                        .singleElement()
                        .satisfies(point -> assertThat(point.sparsity()).isEqualTo(0.5)));
    }

    @Test
    void theTableNamesEveryLayerAndSparsity() {
        var text = CurvesText.of(measure(Map.of()));
        assertThat(text).contains("fc1.weight", "fc2.weight", "fc3.weight", "50 %", "90 %", "█");
    }

    @Test
    void withoutDataThereIsNothingToMeasureOn() {
        var settings = new Settings("", Map.of("model", model.toString()));
        assertThatThrownBy(() -> Sensitivity.run(settings, Progress.NONE))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nothing to measure on");
    }

    @Test
    void wholeLayersMakeNoCurve() {
        assertThatThrownBy(() -> measure(Map.of("granularity", "layer"))).isInstanceOf(UsageException.class);
    }

    private Map<?, ?> prune(Map<String, Object> more) {
        return prune(more, java.util.Set.of("sparsities"));
    }

    /** @param defaults which of the settings of all tests are to be there */
    private Map<?, ?> prune(Map<String, Object> more, java.util.Set<String> defaults) {
        var settings = new HashMap<>(settings(more).values());
        if (!defaults.contains("sparsities")) {
            settings.remove("sparsities");
        }
        if (!"sensitivity".equals(more.getOrDefault("allocate", "sensitivity"))) {
            settings.remove("sparsities");
        }
        settings.putIfAbsent("allocate", "sensitivity");
        settings.put("output", folder.resolve("pruned.onnx").toString());
        return Pipeline.run(Recipe.of(new Settings("", settings)), Progress.NONE)
                .describe();
    }

    private static long pruned(Map<?, ?> receipt) {
        return ((List<?>) receipt.get("weights"))
                .stream()
                        .mapToLong(weight -> (Long) ((Map<?, ?>) weight).get("pruned"))
                        .sum();
    }

    @Test
    void theAllocationPrunesExactlyTheBudget() {
        assertThat(pruned(prune(Map.of("sparsity", 0.777)))).isEqualTo(Math.round(0.777 * 50_200));
        assertThat(pruned(prune(Map.of("max-nonzeros", 12_345L)))).isEqualTo(50_200 - 12_345);
    }

    @Test
    void theAllocationTakesCurvesFromAnEarlierRun() throws IOException {
        measure(Map.of("run", run.toString()));
        prune(Map.of("sparsity", 0.6, "split", "train", "curves", run.toString()));
        assertThat(cells()).hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({
        "repair, bias",
        "int8, dynamic",
        "measure, true",
        "threads, 1",
        "seed, 5",
        "calibrate, 7",
        "keep, fc3*",
        "drop-dead, true",
        "test-data, digits",
        "fine-tune, 0.05",
        "int8-calibrate, 9",
        "batch-norm, frozen",
    })
    void whatDoesNotAffectCurvesLetsNothingBeMeasuredAnew(String name, String value) throws IOException {
        measure(Map.of("run", run.toString()));
        var settings = new HashMap<String, Object>(
                Map.of("sparsity", 0.6, "curves", run.toString(), "split", "train", name, value));
        if (name.startsWith("int8-")) {
            settings.put("int8", "static");
        }
        if (name.startsWith("batch")) {
            settings.put("fine-tune", 0.05);
        }
        prune(settings);
        assertThat(cells()).hasSize(6);
    }

    @Test
    void curvesWithoutSparsitiesAreTakenAtThoseThatWereMeasured() throws IOException {
        measure(Map.of("run", run.toString()));
        var settings = new HashMap<>(
                settings(Map.of("sparsity", 0.85, "curves", run.toString())).values());
        settings.remove("sparsities");
        prune(settings, settings.keySet());
        assertThat(cells()).hasSize(6);
    }

    @ParameterizedTest
    @CsvSource({"criterion, l2, criterion l1 there", "limit, 63, data-sha256", "granularity, row, granularity"})
    void curvesOfOtherConditionsAreRefusedByName(String name, String value, String said) throws IOException {
        measure(Map.of("run", run.toString()));
        assertThatThrownBy(() -> prune(Map.of("sparsity", 0.6, "curves", run.toString(), name, value)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(said);
        assertThat(cells()).hasSize(6);
    }

    @Test
    void curvesOfCriteriaThatLookAtDataAreOfTheSamplesTheyLookedAt() throws IOException {
        var settings = Map.<String, Object>of("criterion", "wanda", "run", run.toString());
        measure(settings);
        var curves =
                new HashMap<String, Object>(Map.of("criterion", "wanda", "sparsity", 0.6, "curves", run.toString()));
        prune(curves);
        assertThat(cells()).hasSize(6);
        curves.put("calibrate", 7L);
        assertThatThrownBy(() -> prune(curves))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("calibrate");
    }

    @Test
    void curvesFromWhereThereAreNoneAreRefused() {
        assertThatThrownBy(() -> prune(Map.of("sparsity", 0.6, "curves", run.toString())))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no curves in");
        assertThat(run).doesNotExist();
    }

    @Test
    void twoRunsInOneDirectoryAreNotBoth() throws IOException {
        var settings = settings(Map.of("run", run.toString()));
        var refused = new java.util.concurrent.atomic.AtomicInteger();
        Sensitivity.run(settings, event -> {
            if (event.stage().equals("measure")) {
                try {
                    Sensitivity.run(settings, Progress.NONE);
                } catch (UsageException e) {
                    refused.incrementAndGet();
                    assertThat(e).hasMessageContaining("another run is working in");
                }
            }
        });
        assertThat(refused).hasValue(7); // before the first cell and after each
        assertThat(cells()).hasSize(6).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    /** Evidence that a run directory keeps is not that of other samples. */
    @ParameterizedTest
    @CsvSource({"calibrate, 64, 3", "limit, 64, 3"})
    void evidenceIsOfTheSamplesThatWereAskedFor(String name, long first, long second) throws IOException {
        var alone = new HashMap<String, Object>(
                Map.of("criterion", "wanda", "allocate", "uniform", "sparsity", 0.5, name, second));
        prune(alone);
        var expected = Files.readAllBytes(folder.resolve("pruned.onnx"));
        alone.put("run", run.toString());
        alone.put(name, first);
        prune(alone);
        assertThat(Files.readAllBytes(folder.resolve("pruned.onnx"))).isNotEqualTo(expected);
        alone.put(name, second);
        prune(alone);
        assertThat(Files.readAllBytes(folder.resolve("pruned.onnx"))).isEqualTo(expected);
    }

    @Test
    void theAllocationBeatsTheEvenShare() {
        var budget = Map.<String, Object>of("sparsity", 0.93, "limit", 256L, "sparsities", "0.5,0.8,0.9,0.95,0.98");
        var even = new HashMap<>(budget);
        even.put("allocate", "uniform");
        assertThat(quality(prune(budget))).isGreaterThan(quality(prune(even)));
    }

    private static double quality(Map<?, ?> receipt) {
        return (Double) ((Map<?, ?>) receipt.get("after")).get("top1");
    }

    @ParameterizedTest
    @CsvSource({"channel,0.5", "block:2x1,0.5", "row,0.4", "column,0.5"})
    void everyPatternOfFreeShareIsAllocatedByCurves(String granularity, double sparsity) {
        var receipt = prune(Map.of("granularity", granularity, "sparsity", sparsity));
        var before = (Map<?, ?>) receipt.get("before");
        var after = (Map<?, ?>) receipt.get("after");
        assertThat((Long) after.get("non-zeros"))
                .isLessThan((long) ((1 - 0.5 * sparsity) * (Long) before.get("non-zeros")));
    }

    @Test
    void aBudgetOfArithmeticIsMetByCurves() {
        var receipt = prune(Map.of("granularity", "channel", "max-macs", 0.5));
        double left = (double) (Long) ((Map<?, ?>) receipt.get("after")).get("macs")
                / (Long) ((Map<?, ?>) receipt.get("before")).get("macs");
        assertThat(left).isBetween(0.45, 0.5);
    }

    @Test
    void aPatternOfFixedShareIsRefused() {
        assertThatThrownBy(() -> prune(Map.of("granularity", "2:4")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nothing to allocate");
    }
}
