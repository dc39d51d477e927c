package dev.coppice.cli;

import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.report.Printable;
import java.util.ArrayList;
import java.util.Map;

/** Says in one line how far long work has come. */
final class ProgressLine {

    private ProgressLine() {}

    static String of(Progress.Event event) {
        var parts = new ArrayList<String>();
        event.figures().forEach((figure, value) -> parts.add(text(figure, value, event.figures())));
        parts.removeIf(String::isEmpty);
        if (event.total() > 0) {
            parts.add(Printable.format(
                    "%,d of %,d %s (%d %%)",
                    event.done(), event.total(), event.unit(), 100 * event.done() / event.total()));
        }
        return Printable.of(event.stage()) + (parts.isEmpty() ? "" : " " + String.join(", ", parts));
    }

    private static String text(Progress.Figure figure, double value, Map<Progress.Figure, Double> all) {
        return switch (figure) {
            case PRUNING_STEP ->
                Printable.format("step %.0f/%.0f", value, all.getOrDefault(Progress.Figure.PRUNING_STEPS, value));
            case PRUNING_STEPS -> ""; // said with the step
            case LOSS -> Printable.format("loss %.4f", value);
            case ACCURACY -> Printable.format("accuracy %.1f %%", 100 * value);
            case SPARSITY -> Printable.format("zeros %.1f %%", 100 * value);
            case SECONDS_LEFT -> Printable.format("%d:%02d left", (long) value / 60, (long) value % 60);
            case LEARNING_RATE -> Printable.format("a learning rate of %.3g", value);
        };
    }
}
