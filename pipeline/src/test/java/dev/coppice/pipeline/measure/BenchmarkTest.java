package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.progress.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchmarkTest {

    private static final Benchmark.Options FIVE_ROUNDS =
            Benchmark.Options.defaults().withRounds(5);

    @TempDir
    private Path folder;

    /** Writes a model that multiplies by a square matrix {@code layers} times. */
    private Path matrices(int layers) {
        var text = new StringBuilder("input x0 float[64,256]\nconst w float[256,256] fill 0.001\n");
        for (int i = 0; i < layers; i++) {
            text.append("x%d = MatMul(x%d, w)\n".formatted(i + 1, i));
        }
        text.append("output x%d float[64,256]\n".formatted(layers));
        var file = folder.resolve(layers + ".onnx");
        OnnxWriter.write(Dsl.model(text.toString()), file);
        return file;
    }

    @Test
    void fourTimesTheWorkIsMeasuredAsSlower() {
        var models = List.of(matrices(40), matrices(10));
        var result = Benchmark.run(models, Map.of(), 1, FIVE_ROUNDS, Progress.NONE);
        assertThat(result.rounds()).isEqualTo(5);
        assertThat(result.timings()).extracting(Benchmark.Timing::model).isEqualTo(models);
        assertThat(result.timings().getFirst().speedup()).isEqualTo(1);
        // 4 in theory; half of that leaves room for a busy machine.
        assertThat(result.timings().getLast().speedup()).isGreaterThan(2);
        assertThat(result.inputShapes()).isEqualTo(Map.of("x0", List.of(64L, 256L)));
        assertThat(result.runtime()).startsWith("ONNX Runtime 1.");
        assertThat(result.timings()).allSatisfy(timing -> {
            assertThat(timing.minMillis()).isPositive().isLessThanOrEqualTo(timing.medianMillis());
            assertThat(timing.maxMillis()).isGreaterThanOrEqualTo(timing.medianMillis());
        });
    }

    @Test
    void anExhaustedBudgetStillGivesThreeRounds() {
        var options = Benchmark.Options.defaults().withBudget(Duration.ZERO);
        assertThat(Benchmark.run(List.of(matrices(1)), Map.of(), 1, options, Progress.NONE)
                        .rounds())
                .isEqualTo(3);
    }

    @Test
    void theMedianOfAnEvenCountIsTheMeanOfTheMiddle() {
        assertThat(Benchmark.median(new double[] {1, 2, 10})).isEqualTo(2);
        assertThat(Benchmark.median(new double[] {1, 2, 4, 10})).isEqualTo(3);
    }

    @Test
    void modelsMustTakeTheSameInputs() {
        var other = folder.resolve("other.onnx");
        OnnxWriter.write(Dsl.model("""
                        input z float[1]
                        y = Relu(z)
                        output y float[1]
                        """), other);
        assertThatThrownBy(() -> Benchmark.run(List.of(matrices(1), other), Map.of(), 1, FIVE_ROUNDS, Progress.NONE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("needs input 'z'");
    }

    @Test
    void nothingToMeasureIsAUsageError() {
        assertThatThrownBy(() -> Benchmark.run(List.of(), Map.of(), 1, FIVE_ROUNDS, Progress.NONE))
                .isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> FIVE_ROUNDS.withRounds(0)).isInstanceOf(UsageException.class);
    }
}
