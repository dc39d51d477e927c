package dev.coppice.pipeline.evidence;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import java.util.function.Consumer;

/** Calibration data to be gone through batch by batch, in the same order every time. */
public sealed interface Samples permits CalibrationData, CalibrationSet {

    /**
     * Hands all batches on, one after the other; each is good for the call only.
     *
     * @throws dev.coppice.ir.BadInputException when the data cannot be read, is empty or does not fit the model
     */
    void forEach(Progress progress, Consumer<Batch> action);
}
