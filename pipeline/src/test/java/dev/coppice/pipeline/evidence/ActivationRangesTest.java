package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.quantize.ActivationRange;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ActivationRangesTest {

    private static final Model MODEL = Dsl.model("""
            input x float[b,3,2]
            const two float[] = 2
            y = Mul(x, two)
            z = Log(x)
            output y float[b,3,2]
            output z float[b,3,2]
            """);

    private static Map<String, ActivationRange> ranges(Batch... batches) {
        var samples = new InMemory(List.of(batches));
        return ActivationRanges.observe(MODEL, List.of("x", "y", "z"), samples, RangeMethod.MINMAX, 1, Progress.NONE);
    }

    private static Batch batch(int samples, List<Integer> lengths, float... values) {
        var tensor = HostTensor.ofFloats(values, values.length / 6, 3, 2);
        return new Batch(Map.of("x", tensor), samples, List.of(), lengths, List.of());
    }

    @Test
    void rangesSpanAllBatchesInputsIncluded() {
        var ranges = ranges(batch(1, List.of(), 1, 2, 3, 4, 5, 6), batch(1, List.of(), 9, 8, 7, 6, 5, 4));
        assertThat(ranges.get("x")).isEqualTo(new ActivationRange(1, 9));
        assertThat(ranges.get("y")).isEqualTo(new ActivationRange(2, 18));
    }

    @Test
    void paddingAndCopiesThatFillABatchDoNotCount() {
        var ranges = ranges(batch(2, List.of(1, 2), 1, 2, 99, 99, 99, 99, 3, 4, 5, 6, 99, 99, 99, 99, 99, 99, 99, 99));
        assertThat(ranges.get("y")).isEqualTo(new ActivationRange(2, 12));
    }

    @Test
    void aValueThatIsNotFiniteHasNoRange() {
        assertThat(ranges(batch(1, List.of(), 0, 1, 2, 3, 4, 5)).keySet()).containsExactlyInAnyOrder("x", "y");
    }
}
