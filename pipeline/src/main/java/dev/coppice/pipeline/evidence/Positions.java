package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import java.util.List;

/** Tells which parts of a batch's values count: no copies that fill up a fixed batch, and no padding of texts. */
final class Positions {

    private Positions() {}

    /**
     * Says whether an element counts.
     *
     * @param dims of the value
     * @param first its index along the first axis, the samples
     * @param second its index along the second, of values [batch, length, ...]
     */
    static boolean counts(Batch batch, List<Long> dims, long first, long second) {
        if (dims.isEmpty() || first >= batch.samples()) {
            return dims.isEmpty();
        }
        boolean sequence = !batch.lengths().isEmpty() && dims.size() == 3 && dims.getFirst() >= batch.samples();
        return !sequence || dims.get(1) == 1 || second < batch.lengths().get((int) first);
    }
}
