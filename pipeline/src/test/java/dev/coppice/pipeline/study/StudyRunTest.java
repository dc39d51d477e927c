package dev.coppice.pipeline.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.recover.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StudyRunTest {

    private static final String STUDY = """
            title: A small study
            settings: {data: digits, limit: 200}
            training: {batch: 50, lr: 0.05}
            models:
              small: {new: lenet300, input: 1x8x8, epochs: 1}
            grid:
              seed: [1, 2]
              criterion: [l1, random]
              recovery:
                none: {}
                trained: {fine-tune: 0.25}
              sparsity: [0.5, 0.9]
            skip:
              - {criterion: random, recovery: trained}
            """;

    @TempDir
    private Path folder;

    private Study study(String text) throws IOException {
        return StudyFile.read(Files.writeString(folder.resolve("small.yaml"), text));
    }

    private StudyRun.Result run(Study study, String directory, int jobs) {
        return StudyRun.run(study, new StudyRun.Options(folder.resolve(directory), jobs), Progress.NONE);
    }

    private List<String> lines(String directory) throws IOException {
        return Files.readAllLines(folder.resolve(directory).resolve(StudyRun.CELLS));
    }

    @Test
    void aKilledStudyGoesOnToTheSameResultWithoutRepeatingACell() throws IOException {
        var study = study(STUDY);
        var stopping = new Progress() {
            private boolean stop;

            @Override
            public void update(Event event) {
                stop |= event.stage().equals("cells") && event.done() >= 5;
            }

            @Override
            public boolean stopRequested() {
                return stop;
            }
        };
        var options = new StudyRun.Options(folder.resolve("run"), 1);
        assertThatThrownBy(() -> StudyRun.run(study, options, stopping)).isInstanceOf(StoppedException.class);
        var before = lines("run");
        assertThat(before).hasSize(5);
        // As kill -9 leaves it in the middle of a line.
        Files.writeString(
                folder.resolve("run").resolve(StudyRun.CELLS),
                before.getFirst().substring(0, 40),
                StandardOpenOption.APPEND);
        var resumed = run(study, "run", 1);
        assertThat(lines("run")).hasSize(12).startsWith(before.toArray(String[]::new));
        assertThat(resumed.repeated()).isEqualTo(5);
        assertThat(run(study, "run", 1).repeated()).isEqualTo(12);
        assertThat(quality(resumed)).isEqualTo(quality(run(study, "other", 2)));
    }

    private static List<Double> quality(StudyRun.Result result) {
        return result.cells().stream()
                .map(cell -> cell.figure(CellResult.QUALITY).orElseThrow())
                .toList();
    }

    @Test
    void aCellIsTheRunThatItsSettingsDescribe() throws IOException {
        var study = study(STUDY);
        var result = run(study, "run", 1);
        var cell = result.cells().getLast();
        assertThat(cell.at()).containsEntry("criterion", "random").containsEntry("sparsity", "0.9");
        Path model;
        try (var files = Files.list(folder.resolve("run/models"))) {
            model = files.filter(file -> file.toString().contains("small-seed2"))
                    .findFirst()
                    .orElseThrow();
        }
        var receipt = Pipeline.run(
                Recipe.of(new Settings(
                        "",
                        Map.of(
                                "model",
                                model.toString(),
                                "output",
                                folder.resolve("p.onnx").toString(),
                                "criterion",
                                "random",
                                "sparsity",
                                0.9,
                                "seed",
                                2L,
                                "data",
                                "digits",
                                "limit",
                                200L))),
                Progress.NONE);
        var after = (Map<?, ?>) receipt.describe().get("after");
        assertThat(cell.figure(CellResult.QUALITY).orElseThrow()).isEqualTo(after.get("top1"));
        double parameters = ((Long) after.get("parameters")).doubleValue();
        assertThat(cell.figure(CellResult.COMPRESSION).orElseThrow())
                .isCloseTo(parameters / (Long) after.get("non-zeros"), within(1e-12));
    }

    @Test
    void theTableHasMeanAndSpreadOverTheSeeds() throws IOException {
        var result = run(study(STUDY), "run", 1);
        var values = result.cells().stream()
                .filter(cell -> cell.at().get("criterion").equals("random")
                        && cell.at().get("sparsity").equals("0.5"))
                .mapToDouble(cell -> cell.figure(CellResult.QUALITY).orElseThrow())
                .toArray();
        assertThat(values).hasSize(2);
        var mean = new StudyTable(result)
                .mean("random, none", "0.5", CellResult.QUALITY)
                .orElseThrow();
        assertThat(mean.value()).isCloseTo((values[0] + values[1]) / 2, within(1e-12));
        assertThat(mean.spread()).isCloseTo(Math.abs(values[0] - values[1]) / Math.sqrt(2), within(1e-12));
        StudyReport.keep(folder.resolve("small.yaml"), result.study(), folder.resolve("run"));
        var page = StudyReport.write(result, folder.resolve("run"));
        assertThat(page).content().contains("<svg", "random, none", "theoretical speed-up");
        assertThat(Files.readAllLines(folder.resolve("run/cells.csv"))).hasSize(13);
        var first = Files.readString(page);
        assertThat(StudyReport.refresh(folder.resolve("run"))).content().isEqualTo(first);
    }

    @Test
    void whatHasNoMeaningIsToldAndTheRestIsRun() throws IOException {
        var result = run(study("""
                        settings: {data: digits, limit: 50}
                        models: {small: {new: lenet300, input: 1x8x8}}
                        grid:
                          granularity: [unstructured, "2:4"]
                          sparsity: [0.75]
                        """), "run", 1);
        assertThat(result.failures())
                .singleElement()
                .satisfies(cell -> assertThat(cell.failure()).contains("prunes 0.5 of the weights, not 0.75"));
        assertThat(StudyReport.markdown(result)).contains("Not run:", "| 2:4 | – |");
    }

    @Test
    void latencyIsNotMeasuredBesideOtherJobs() throws IOException {
        var study = study(STUDY.replace("limit: 200", "limit: 200, measure: true"));
        assertThatThrownBy(() -> run(study, "run", 2))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("jobs");
    }

    @Test
    void aMisspeltChoiceOfASkipIsRefused() {
        assertThatThrownBy(() -> study(STUDY.replace("recovery: trained}", "recovery: trainde}")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("trainde");
    }
}
