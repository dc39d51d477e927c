package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import java.util.List;
import java.util.function.Predicate;

/** Batches that a test has made, handed on as they are. */
record InMemory(List<Batch> batches) implements Samples {

    InMemory {
        batches = List.copyOf(batches);
    }

    @Override
    public void read(int most, Progress progress, Predicate<Batch> reader) {
        for (var batch : batches) {
            if (!reader.test(batch)) {
                return;
            }
        }
    }
}
