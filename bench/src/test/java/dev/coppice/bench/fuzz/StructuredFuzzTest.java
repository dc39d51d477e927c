package dev.coppice.bench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StructuredFuzzTest {

    @TempDir
    Path folder;

    @Test
    void modelsOfChangedStructureEndInTypedErrorsOnly() {
        var fuzz = new StructuredFuzz(folder);
        fuzz.run(1, 60);
        assertThat(fuzz.failures()).isEmpty();
        // Neither all refused, nor all accepted.
        assertThat(fuzz.endings().get("inspect, exit code 0")).isGreaterThan(10);
        assertThat(fuzz.endings().get("inspect, exit code 3")).isGreaterThan(10);
    }

    @Test
    void whatOnceFailedDoesNotAnyMore() {
        var fuzz = new StructuredFuzz(folder);
        for (long seed : new long[] {2059}) {
            fuzz.run(seed, 1);
        }
        assertThat(fuzz.failures()).isEmpty();
    }

    @Test
    void theGrammarMakesValidModels() {
        for (int i = 0; i < 100; i++) {
            var seed = i;
            assertThatCode(() -> ModelGrammar.model(new SplittableRandom(seed)))
                    .as(() -> ModelGrammar.text(new SplittableRandom(seed)))
                    .doesNotThrowAnyException();
        }
    }
}
