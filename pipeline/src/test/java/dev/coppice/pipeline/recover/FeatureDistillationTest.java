package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Channels of a residual block are removed; what is left is compared, before anything is learnt, with the dense model's. */
class FeatureDistillationTest {

    private static final int WIDTH = 6;

    @TempDir
    private Path folder;

    /** Returns constants of normal numbers, nought where a channel is idle: axes of the channels have their width. */
    private static String values(long seed, int rows, int columns, int area, IntPredicate idle) {
        var random = new Random(seed);
        return IntStream.range(0, rows * columns * area)
                .mapToObj(i -> {
                    double value = random.nextGaussian();
                    boolean none = (rows == WIDTH && idle.test(i / area / columns))
                            || (columns == WIDTH && idle.test(i / area % columns));
                    return none ? "0" : Float.toString((float) value);
                })
                .collect(Collectors.joining(" "));
    }

    private static Model network(IntPredicate idle) {
        return Dsl.model("""
            input x float[N,1,8,8]
            const k float[6,1,3,3] = %s
            const w float[6,6,3,3] = %s
            const v float[10,6] = %s
            const b float[10] fill 0
            c = Conv(x, k) pads=[1,1,1,1]
            r = Relu(c)
            d = Conv(r, w) pads=[1,1,1,1]
            s = Add(d, r)
            t = Relu(s)
            g = GlobalAveragePool(t)
            f = Flatten(g)
            y = Gemm(f, v, b) transB=1
            output y float[N,10]
            """.formatted(
                        values(1, WIDTH, 1, 9, idle), values(2, WIDTH, WIDTH, 9, idle), values(3, 10, WIDTH, 1, idle)));
    }

    /** Returns the loss of the first step. */
    private double loss(Model model, Object... more) throws IOException {
        var file = folder.resolve("m.onnx");
        var run = folder.resolve("run");
        OnnxWriter.write(model, file);
        var settings = new LinkedHashMap<String, Object>(Map.of(
                "model",
                file.toString(),
                "output",
                folder.resolve("out.onnx").toString(),
                "run",
                run.toString(),
                "granularity",
                "channel",
                "data",
                "digits",
                "threads",
                1,
                "distill",
                0.01,
                "lr",
                1e-9));
        for (int i = 0; i < more.length; i += 2) {
            settings.put(more[i].toString(), more[i + 1]);
        }
        Pipeline.run(Recipe.of(new Settings("", settings)), Progress.NONE);
        return firstLoss(0);
    }

    private double firstLoss(long stage) throws IOException {
        for (var line : Files.readAllLines(folder.resolve("run").resolve("metrics.jsonl"))) {
            if (Json.read(line) instanceof Map<?, ?> metrics
                    && metrics.get("stage").equals(stage)
                    && metrics.get("loss") instanceof Number loss) {
                return loss.doubleValue();
            }
        }
        throw new AssertionError("no loss of stage " + stage);
    }

    @Test
    void channelsAreComparedWithThoseTheyWere() throws IOException {
        var idle = network(channel -> channel == 1 || channel == 4);
        assertThat(loss(idle, "sparsity", 0.34, "feature-weight", 100)).isCloseTo(0, within(1e-6));
        double outputs = loss(idle, "sparsity", 0.5);
        assertThat(loss(idle, "sparsity", 0.5, "feature-weight", 100)).isGreaterThan(outputs + 0.1);
    }

    @Test
    void stepsCountTheirChannelsFromTheDenseModel() throws IOException {
        var idle = network(channel -> channel == 1 || channel == 4);
        loss(idle, "sparsity", 0.34, "feature-weight", 100, "schedule", "linear", "steps", 2);
        assertThat(firstLoss(1)).isCloseTo(0, within(1e-6));
    }

    @Test
    void singleWeightsLeaveAllChannelsToCompare() throws IOException {
        var network = network(_ -> false);
        double outputs = loss(network, "sparsity", 0.9, "granularity", "unstructured");
        assertThat(loss(network, "sparsity", 0.9, "granularity", "unstructured", "feature-weight", 100))
                .isGreaterThan(outputs + 0.1);
    }

    @Test
    void masksLeaveAllChannelsToCompare() throws IOException {
        var idle = network(channel -> channel == 1 || channel == 4);
        assertThat(loss(idle, "sparsity", 0.34, "feature-weight", 100, "mask-only", true))
                .isCloseTo(0, within(1e-6));
    }
}
