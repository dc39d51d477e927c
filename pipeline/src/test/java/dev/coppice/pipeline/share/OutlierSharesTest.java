package dev.coppice.pipeline.share;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.data.sample.SampleModel;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.prune.Parameters;
import dev.coppice.prune.Selection;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutlierSharesTest {

    @TempDir
    private Path folder;

    private Map<?, ?> prune(Map<String, Object> more) {
        var model = folder.resolve("dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
        var settings = new HashMap<String, Object>(Map.of(
                "model",
                model.toString(),
                "output",
                folder.resolve("pruned.onnx").toString(),
                "allocate",
                "owl",
                "data",
                "digits",
                "limit",
                64L));
        settings.putAll(more);
        return Pipeline.run(Recipe.of(new Settings("", settings)), Progress.NONE)
                .describe();
    }

    /** Of eight products of weight and norm, mean 1.5 with the norms given, only the one of 9 is more than five times that. */
    @Test
    void anOutlierIsAProductFarAboveTheMean() {
        var model = Dsl.model("""
                input x float[n,2]
                const w float[2,4] = 1 -1 1 -1 0.1 -0.1 -0.1 0.9
                y = MatMul(x, w)
                output y float[n,4]
                """);
        var matrix = Parameters.of(model, Selection.ALL).prunable().getFirst().matrix();
        // 4 x 0 and .1, .1, .1, .9 times 10: mean 1.5
        assertThat(OutlierShares.outliers(matrix, new double[] {0, 10})).isEqualTo(1 / 8.0);
        // 4 x 1 and .1, .1, .1, .9 times 1: nothing stands out
        assertThat(OutlierShares.outliers(matrix, new double[] {1, 1})).isZero();
    }

    @Test
    void theBudgetIsMetExactlyAndNoTwoLayersAreFurtherApartThanTwoLambda() {
        var weights = (List<?>) prune(Map.of("sparsity", 0.7)).get("weights");
        long pruned = weights.stream()
                .mapToLong(weight -> (Long) ((Map<?, ?>) weight).get("pruned"))
                .sum();
        assertThat(pruned).isEqualTo(Math.round(0.7 * 50_200));
        var sparsities = weights.stream()
                .mapToDouble(weight ->
                        (double) (Long) ((Map<?, ?>) weight).get("pruned") / (Long) ((Map<?, ?>) weight).get("size"))
                .summaryStatistics();
        assertThat(sparsities.getMax() - sparsities.getMin()).isCloseTo(0.16, within(2e-3));
    }

    @Test
    void withoutDataThereAreNoOutliers() {
        var settings = Map.<String, Object>of("model", "m", "output", "o", "sparsity", 0.5, "allocate", "owl");
        assertThatThrownBy(() -> Recipe.of(new Settings("", settings)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("looks at data");
    }

    @Test
    void channelsAreNotSharedOutByOutliers() {
        assertThatThrownBy(() -> prune(Map.of("sparsity", 0.5, "granularity", "channel")))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("shares out single weights");
    }
}
