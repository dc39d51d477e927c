package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gradient criteria from the command line to the pruned file, against softmax regression, whose gradient is known. */
class GradientPruneTest {

    private static final double[][] X = {{1, 0.5, -1, 2}, {0.3, 2, 0.1, -1}, {-0.7, 1, 1, 0.2}};
    private static final int[] LABELS = {0, 1, 1};
    private static final double[] W = {0.5, -0.25, 1, 0.75, -0.3, 0.1, 0.9, -0.6};

    @TempDir
    private Path folder;

    private static double[] gradient() {
        var mean = new double[W.length];
        for (int n = 0; n < X.length; n++) {
            var logits = new double[2];
            for (int i = 0; i < W.length; i++) {
                logits[i % 2] += X[n][i / 2] * W[i];
            }
            double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
            double error = first - (LABELS[n] == 0 ? 1 : 0); // of the second class the same with the other sign
            for (int i = 0; i < W.length; i++) {
                mean[i] += X[n][i / 2] * (i % 2 == 0 ? error : -error) / X.length;
            }
        }
        return mean;
    }

    private static DoubleBinaryOperator score(String criterion) {
        return criterion.equals("snip") ? (w, g) -> Math.abs(w * g) : (w, g) -> w * w * g * g;
    }

    /** The outputs of w are its two columns. */
    private static boolean[] expected(String criterion, String granularity) {
        var scores = new double[W.length];
        for (int i = 0; i < W.length; i++) {
            scores[i] = score(criterion).applyAsDouble(W[i], gradient()[i]);
        }
        var pruned = new boolean[W.length];
        switch (granularity) {
            case "unstructured" -> lowest(scores, IntStream.range(0, 8).toArray(), 4, pruned);
            case "2:4" -> {
                lowest(scores, new int[] {0, 2, 4, 6}, 2, pruned);
                lowest(scores, new int[] {1, 3, 5, 7}, 2, pruned);
            }
            default -> {
                double even = scores[0] + scores[2] + scores[4] + scores[6];
                double odd = scores[1] + scores[3] + scores[5] + scores[7];
                for (int i = even < odd ? 0 : 1; i < 8; i += 2) {
                    pruned[i] = true;
                }
            }
        }
        return pruned;
    }

    private static void lowest(double[] scores, int[] among, int count, boolean[] pruned) {
        IntStream.of(among)
                .boxed()
                .sorted(java.util.Comparator.comparingDouble(i -> scores[i]))
                .limit(count)
                .forEach(i -> pruned[i] = true);
    }

    @ParameterizedTest
    @CsvSource({"snip, unstructured", "snip, 2:4", "snip, row", "taylor, unstructured", "taylor, 2:4", "taylor, row"})
    void theLowestScoresGo(String criterion, String granularity) throws IOException {
        var text = new StringBuilder();
        for (double w : W) {
            text.append(' ').append(w);
        }
        var model = Cli.model(folder.resolve("m.onnx"), """
                input x float[N,4]
                const w float[4,2] =%s
                y = MatMul(x, w)
                output y float[N,2]
                """.formatted(text));
        var lines = new StringBuilder();
        for (int n = 0; n < X.length; n++) {
            for (double x : X[n]) {
                lines.append(x).append(',');
            }
            lines.append(LABELS[n]).append('\n');
        }
        var data = Files.writeString(folder.resolve("d.csv"), lines);
        var output = folder.resolve("p.onnx");
        Cli.run((Object[]) ("prune " + model + " -o " + output + " --data csv:" + data + " --sparsity 0.5 --criterion "
                                + criterion + " --granularity " + granularity)
                        .split(" "))
                .ended(0);
        var values = Cli.values(output, "w");
        var expected = expected(criterion, granularity);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i] == 0).as("weight %d", i).isEqualTo(expected[i]);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "taylor",
        "fisher",
        "snip",
        "grasp",
        "movement",
        "magnitude-uncertainty",
        "synflow",
        "fpgm",
        "lamp",
        "bn-scale"
    })
    void everyCriterionCutsChannels(String criterion) throws IOException {
        var model = Cli.model(folder.resolve("m.onnx"), """
                input x float[N,4]
                const w float[4,6] seed 1
                const gain float[6] = 1 0.1 2 3 0.5 4
                const shift float[6] seed 2
                const mean float[6] fill 0
                const variance float[6] fill 1
                const v float[6,2] seed 3
                m = MatMul(x, w)
                n = BatchNormalization(m, gain, shift, mean, variance)
                h = Relu(n)
                y = MatMul(h, v)
                output y float[N,2]
                """);
        var data = Files.writeString(folder.resolve("d.csv"), "1,0.5,-1,2,0\n0.3,2,0.1,-1,1\n-0.7,1,1,0.2,1\n");
        var output = folder.resolve("p.onnx");
        Cli.run((Object[]) ("prune " + model + " -o " + output + " --data csv:" + data
                                + " --sparsity 0.34 --granularity channel --criterion " + criterion)
                        .split(" "))
                .ended(0);
        assertThat(Cli.weight(output, "w").dims()).containsExactly(4L, 4L);
        if (criterion.equals("bn-scale")) {
            assertThat(Cli.values(output, "gain")).containsExactly(1, 2, 3, 4);
        }
    }

    @Test
    void whatCannotBeJudgedIsLeftAloneAndNamed() {
        var model = Cli.model(folder.resolve("m.onnx"), Cli.CNN);
        var outcome = Cli.run((Object[]) ("prune " + model + " -o " + folder.resolve("p.onnx")
                        + " --sparsity 0.5 --granularity row --criterion bn-scale")
                .split(" "));
        assertThat(outcome.ended(4).out()).contains("no BatchNormalization follows it");
    }
}
