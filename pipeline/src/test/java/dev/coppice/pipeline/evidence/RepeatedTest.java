package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RepeatedTest {

    private static final int BYTES = 3 * 2 * Float.BYTES;

    private final List<Batch> batches = List.of(batch(1), batch(2), batch(3));
    private int passes;

    private static Batch batch(float value) {
        var tensor = HostTensor.ofFloats(new float[] {value, value}, 1, 2);
        return new Batch(Map.of("x", tensor), 1, List.of(), List.of(), List.of());
    }

    private Repeated repeated(long most) {
        return new Repeated(
                (size, progress, reader) -> {
                    passes++;
                    new InMemory(batches).read(size, progress, reader);
                },
                most);
    }

    private static List<Batch> pass(Samples samples) {
        var seen = new ArrayList<Batch>();
        samples.forEach(Progress.NONE, seen::add);
        return seen;
    }

    @Test
    void whatFitsIsReadOnce() {
        var samples = repeated(BYTES);
        for (int i = 0; i < 3; i++) {
            assertThat(pass(samples)).isEqualTo(batches);
        }
        assertThat(passes).isEqualTo(1);
    }

    @Test
    void whatDoesNotFitIsReadAgain() {
        var samples = repeated(BYTES - 1);
        for (int i = 0; i < 3; i++) {
            assertThat(pass(samples)).isEqualTo(batches);
        }
        assertThat(passes).isEqualTo(3);
    }
}
