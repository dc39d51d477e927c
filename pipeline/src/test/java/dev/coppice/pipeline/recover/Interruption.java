package dev.coppice.pipeline.recover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stops a run in the middle and resumes it. */
final class Interruption {

    private Interruption() {}

    /** Kills a run when it is about to prune in a step, counted from 0: the training before has ended, and nothing was put away since. */
    static void killBeforeCut(Recipe recipe, int step) {
        assertThatThrownBy(() -> Pipeline.run(recipe, event -> {
                    if (event.stage().equals("prune") && event.done() == step) {
                        throw new Killed();
                    }
                }))
                .isInstanceOf(Killed.class);
    }

    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /**
     * Asserts that a run that is stopped and resumed ends with the bits of an undisturbed one, and says the same of them.
     *
     * @param undisturbed keeps nothing, {@code interrupted} keeps its state in a run directory; both write {@code output}
     * @param steps of training before it is asked to stop
     */
    static void assertSameBits(Recipe undisturbed, Recipe interrupted, Path output, int steps) throws IOException {
        var receipt = Pipeline.run(undisturbed, Progress.NONE);
        var expected = Files.readAllBytes(output);
        Files.delete(output);
        assertThatThrownBy(() -> Pipeline.run(interrupted, new StopAfter(steps)))
                .isInstanceOf(StoppedException.class);
        assertThat(output).doesNotExist();
        var resumed = Pipeline.resume(interrupted, Progress.NONE);
        assertThat(Files.readAllBytes(output)).isEqualTo(expected);
        assertThat(resumed.notes()).isEqualTo(receipt.notes());
        assertThat(resumed.refusals()).isEqualTo(receipt.refusals());
        assertThat(resumed.groups()).isEqualTo(receipt.groups());
        assertThat(resumed.layers()).isEqualTo(receipt.layers());
        assertThat(resumed.reached()).isEqualTo(receipt.reached());
    }
}
