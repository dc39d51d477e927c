package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.progress.Progress.Event;
import dev.coppice.pipeline.progress.Progress.Figure;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgressLineTest {

    @Test
    void aStageOfUnknownLengthIsItsName() {
        assertThat(ProgressLine.of(new Event("read", 0, 0, "", Map.of()))).isEqualTo("read");
    }

    @Test
    void whatIsCountedIsNamed() {
        assertThat(ProgressLine.of(new Event("evaluate", 1500, 2000, "samples", Map.of())))
                .isEqualTo("evaluate 1,500 of 2,000 samples (75 %)");
    }

    @Test
    void figuresOfTrainingAreInTheLine() {
        var figures = new EnumMap<Figure, Double>(Figure.class);
        figures.put(Figure.PRUNING_STEP, 2.0);
        figures.put(Figure.PRUNING_STEPS, 5.0);
        figures.put(Figure.LOSS, 0.25);
        figures.put(Figure.ACCURACY, 0.975);
        figures.put(Figure.SPARSITY, 0.5);
        figures.put(Figure.SECONDS_LEFT, 65.9);
        assertThat(ProgressLine.of(new Event("train", 3, 12, "steps", figures)))
                .isEqualTo(
                        "train step 2/5, loss 0.2500, accuracy 97.5 %, zeros 50.0 %, 1:05 left, 3 of 12 steps (25 %)");
        assertThat(ProgressLine.of(new Event("try", 1, 4, "batches", Map.of(Figure.LEARNING_RATE, 0.001))))
                .isEqualTo("try a learning rate of 0.00100, 1 of 4 batches (25 %)");
    }
}
