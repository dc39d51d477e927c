package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.train.BatchNormStatistics;

/** Repairs BatchNormalization after pruning, without gradients: its statistics are estimated anew on calibration data. */
public final class BatchNorms {

    private BatchNorms() {}

    /** A model with new statistics, and how many layers have them; with 0 layers it is the model as it was. */
    public record Reestimated(Model model, int layers) {}

    /**
     * Runs a pruned model, unstructured or cut, over the data once; see {@link BatchNormStatistics}.
     *
     * @throws dev.coppice.ir.BadModelException when an operator before a BatchNormalization cannot be computed
     */
    public static Reestimated reestimate(Model pruned, Samples data, int threads, Progress progress) {
        try (var statistics = new BatchNormStatistics(pruned, threads)) {
            if (statistics.layers() > 0) {
                data.forEach(
                        event -> progress.update("re-estimate", event.done(), event.total(), event.unit()),
                        batch -> statistics.observe(batch.forTraining()));
            }
            return new Reestimated(statistics.model(), statistics.layers());
        }
    }
}
