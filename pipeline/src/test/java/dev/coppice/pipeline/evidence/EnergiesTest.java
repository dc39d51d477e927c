package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Flow;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnergiesTest {

    @Test
    void energiesAreMeanSquaresOfWhatCounts() {
        var model = Dsl.model("""
                input x float[N,S,3]
                const w float[3,2] seed 1
                r = Relu(x)
                y = MatMul(r, w)
                output y
                """);
        var values = new float[2 * 4 * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 2 == 0 ? i : -i;
        }
        // Of the first sample 2 positions count, of the second 4.
        var batch =
                new Batch(Map.of("x", HostTensor.ofFloats(values, 2, 4, 3)), 2, List.of(), List.of(2, 4), List.of());
        var flow = new Flow(model.graph().nodes().get(1), 0, 2, 1, 0, new int[] {0, 1, 2});
        var energies = Energies.observe(model, List.of(flow), new InMemory(List.of(batch)), 1, Progress.NONE);
        var expected = new double[3];
        for (int sample = 0; sample < 2; sample++) {
            for (int position = 0; position < (sample == 0 ? 2 : 4); position++) {
                for (int i = 0; i < 3; i++) {
                    double value = Math.max(0, values[(sample * 4 + position) * 3 + i]);
                    expected[i] += value * value / 6;
                }
            }
        }
        assertThat(energies.energy("r", 2)).containsExactly(expected, within(1e-9));
    }
}
