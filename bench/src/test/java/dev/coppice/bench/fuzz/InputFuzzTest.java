package dev.coppice.bench.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFuzzTest {

    @TempDir
    private Path folder;

    @Test
    void damagedInputsGiveTypedErrorsOnly() throws IOException {
        var fuzz = new InputFuzz(folder);
        fuzz.run(1, 60);
        assertThat(fuzz.failures()).isEmpty();
        // Every kind was there, and not all of it was refused.
        for (var kind : new String[] {"tokenizer", "npz", "recipe", "checkpoint"}) {
            assertThat(fuzz.endings().keySet()).anyMatch(ending -> ending.startsWith(kind));
        }
        assertThat(fuzz.endings())
                .containsKeys("checkpoint, exit code 0", "checkpoint, exit code 3", "npz, exit code 0");
    }
}
