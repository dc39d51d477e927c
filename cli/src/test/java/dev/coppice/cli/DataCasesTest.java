package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The inputs of {@code shared/cases} that concern data, targets and labels, each with the outcome that is right. */
class DataCasesTest {

    @TempDir
    private Path folder;

    private static Path file(String name) {
        return TestData.shared("cases/files/" + name);
    }

    private static Path hostile(String name) {
        return TestData.shared("cases/hostile/" + name);
    }

    private Path output() {
        return folder.resolve("o.onnx");
    }

    private static double evaluate(Path model, String data, String metric) {
        var outcome =
                Cli.run("evaluate", model, "--data", data, "--json").ended(0).json();
        return (Double) assertThat(outcome.get(metric))
                .as("%s", outcome)
                .isInstanceOf(Double.class)
                .actual();
    }

    @Test
    void regressionLearnsTheValuesOfY() {
        var data = "npz:" + file("regression.npz");
        double before = evaluate(file("regression.onnx"), data, "r2");
        Cli.run("train", file("regression.onnx"), "-o", output(), "--data", data, "--epochs", 30)
                .ended(0);
        double after = evaluate(output(), data, "r2");
        assertThat(before).isLessThan(0);
        assertThat(after).isGreaterThan(.8);
    }

    @Test
    void regressionIsPrunedAndFineTunedOrDistilled() {
        var data = "npz:" + file("regression.npz");
        var trained = folder.resolve("t.onnx");
        Cli.run("train", file("regression.onnx"), "-o", trained, "--data", data, "--epochs", 30)
                .ended(0);
        var pruned = folder.resolve("p.onnx");
        Cli.run("prune", trained, "-o", pruned, "--sparsity", .6, "--only", "A").ended(0);
        for (var how : new String[] {"--fine-tune", "--distill"}) {
            var repaired = folder.resolve("r" + how + ".onnx");
            Cli.run("prune", trained, "-o", repaired, "--sparsity", .6, "--only", "A", how, 20, "--data", data)
                    .ended(0);
            assertThat(evaluate(repaired, data, "r2")).as(how).isGreaterThan(evaluate(pruned, data, "r2"));
        }
    }

    @Test
    void labelSequencesAreLearntByCtc() {
        var data = "npz:" + file("ctc.npz");
        double before = evaluate(file("ctc.onnx"), data, "label-error");
        Cli.run("train", file("ctc.onnx"), "-o", output(), "--data", data, "--epochs", 5)
                .ended(0);
        assertThat(evaluate(output(), data, "label-error")).isLessThan(before);
        var pruned = folder.resolve("p.onnx");
        Cli.run("prune", output(), "-o", pruned, "--sparsity", .3, "--distill", 1, "--data", data)
                .ended(0);
        assertThat(evaluate(pruned, data, "exact")).isBetween(0.0, 1.0);
    }

    @Test
    void initializersListedAsInputsNeedNoData() {
        Cli.run("train", file("ir3-train.onnx"), "-o", output(), "--data", "digits", "--epochs", 1)
                .ended(0);
        assertThat(evaluate(output(), "digits", "loss")).isLessThan(evaluate(file("ir3-train.onnx"), "digits", "loss"));
    }

    @Test
    void aSoftmaxBehindCastIsSeenAsOneThatClosesTheModel() {
        Cli.run("train", file("softmax-cast.onnx"), "-o", output(), "--data", "digits", "--epochs", 5)
                .ended(0);
        var control = folder.resolve("control.onnx");
        Cli.run("train", file("softmax-cast-control.onnx"), "-o", control, "--data", "digits", "--epochs", 5)
                .ended(0);
        assertThat(evaluate(output(), "digits", "top1")).isEqualTo(evaluate(control, "digits", "top1"));
    }

    @Test
    void outputsOfLabelsArePassedOver() {
        var data = "npz:" + file("string-train.npz");
        double before = evaluate(file("string-train.onnx"), data, "loss");
        Cli.run("train", file("string-train.onnx"), "-o", output(), "--data", data, "--epochs", 20)
                .ended(0);
        assertThat(evaluate(output(), data, "loss")).isLessThan(before);
    }

    @Test
    void mapsOfProbabilitiesAreJudged() {
        double before = evaluate(file("seq-output.onnx"), "digits", "top1");
        Cli.run("benchmark", file("seq-output.onnx"), "--rounds", 3).ended(0);
        assertThat(before).isGreaterThan(.9);
        var outcome = Cli.run("train", file("seq-output.onnx"), "-o", output(), "--data", "digits", "--epochs", 1);
        assertThat(outcome.ended(3).err()).contains("Scaler");
    }

    @ParameterizedTest
    @ValueSource(strings = {"string-input.npz", "string-input-str.npz"})
    void stringInputsAreRefusedByName(String data) {
        var outcome = Cli.run("evaluate", file("string-input.onnx"), "--data", "npz:" + file(data))
                .ended(3);
        assertThat(outcome.err()).contains("input 's' is STRING");
    }

    @ParameterizedTest
    @CsvSource({"csv-bom.csv, 10", "csv-quoted.csv, 10"})
    void everyRowOfACsvFileCounts(String name, int rows) {
        var outcome = Cli.run("evaluate", file("csv.onnx"), "--data", "csv:" + file(name), "--json")
                .ended(0)
                .json();
        assertThat(outcome.get("samples")).isEqualTo((long) rows);
        assertThat(outcome.get("top1")).isEqualTo(1.0);
    }

    @Test
    void anEmptyCellInTheFirstRowIsNamedAndMakesNoHeader() {
        var outcome = Cli.run("evaluate", file("csv.onnx"), "--data", "csv:" + file("csv-first-row.csv"))
                .ended(3);
        assertThat(outcome.err()).contains("line 1 has nothing in column 2");
    }

    @Test
    void inksBecomeTheLightThatTheyLetThrough() {
        assertThat(evaluate(file("cmyk.onnx"), "images:" + file("cmyk"), "top1"))
                .isEqualTo(1);
    }

    @Test
    void imagesWithChannelsLastAreFedSo() {
        var shapes = Cli.run("benchmark", file("nhwc.onnx"), "--rounds", 3, "--json")
                .ended(0)
                .json()
                .get("inputs");
        assertThat(shapes).hasToString("{x=[1, 224, 224, 3]}");
        assertThat(Cli.relativeError(file("nhwc.onnx"), file("nhwc.onnx"))).isZero();
    }

    @Test
    void notANumberIsNamedWithItsArrayAndRow() {
        var outcome = Cli.run(
                        "evaluate",
                        file("nan-data.onnx"),
                        "--reference",
                        file("nan-data.onnx"),
                        "--data",
                        "npz:" + file("nan-data.npz"))
                .ended(3);
        assertThat(outcome.err()).contains("array 'x' has NaN in row 3").doesNotContain("overflow");
    }

    @Test
    void anInputCalledYIsNoLabel() {
        var outcome = Cli.run("evaluate", file("input-y.onnx"), "--data", "npz:" + file("input-y.npz"));
        assertThat(outcome.ended(2).err()).contains("'y' is the model's input of that name");
        Cli.run(
                        "evaluate",
                        file("input-y.onnx"),
                        "--reference",
                        file("input-y.onnx"),
                        "--data",
                        "npz:" + file("input-y.npz"))
                .ended(0);
    }

    @Test
    void emptyColumnsOfSentencePairsCount() {
        Cli.run(
                        "evaluate",
                        file("sts.onnx"),
                        "--data",
                        "sts:" + file("sts.tsv"),
                        "--tokenizer",
                        file("sts.tokenizer.json"))
                .ended(0);
    }

    @Test
    void aWrongChecksumIsRefused() {
        var outcome = Cli.run("evaluate", hostile("mlp.onnx"), "--data", "npz:" + hostile("npz-crc.npz"));
        assertThat(outcome.ended(3).err()).contains("is damaged: its checksum");
    }

    @Test
    void targetsThatDoNotFitTheOutputsAreRefused() {
        Cli.run("train", hostile("mlp.onnx"), "-o", output(), "--data", "npz:" + hostile("npz-ctc.npz"), "--epochs", 1)
                .ended(3);
        Cli.run(
                        "train",
                        hostile("mlp.onnx"),
                        "-o",
                        output(),
                        "--data",
                        "npz:" + hostile("npz-float-y.npz"),
                        "--epochs",
                        1)
                .ended(0);
    }
}
