package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Judges a model's outputs by the targets of the data, whichever kind these are of: classes, values to hit, label sequences. */
final class TargetJudge {

    private final OrtModel model;
    private final Supplier<RuntimeException> unlabelled;
    private @Nullable Classification classification;
    private @Nullable ValueErrors values;
    private @Nullable SequenceErrors sequences;

    /**
     * Judges one model.
     *
     * @param unlabelled what to throw for a batch without targets
     */
    TargetJudge(OrtModel model, Supplier<RuntimeException> unlabelled) {
        this.model = model;
        this.unlabelled = unlabelled;
    }

    void add(Batch batch) {
        if (batch.labels().isEmpty() && batch.targets().isEmpty()) {
            throw unlabelled.get();
        }
        var outputs = model.run(batch.inputs());
        if (!batch.labels().isEmpty()) {
            classification = classification == null ? new Classification(model) : classification;
            classification.add(outputs, batch.labels());
            return;
        }
        var targets = batch.targets().orElseThrow();
        if (targets.type() == DType.INT64) {
            sequences = sequences == null ? new SequenceErrors(model) : sequences;
            sequences.add(required(outputs), targets);
        } else {
            values = values == null ? new ValueErrors(model) : values;
            values.add(required(outputs), targets);
        }
    }

    private HostTensor required(Map<String, HostTensor> outputs) {
        return fractions(outputs)
                .orElseThrow(() -> new BadModelException(
                        model.path() + " has no output of fractions", "give --reference MODEL to compare outputs"));
    }

    /** Returns the first output of fractions: what comes before it may be the labels that were chosen by it. */
    static Optional<HostTensor> fractions(Map<String, HostTensor> outputs) {
        return outputs.values().stream()
                .filter(output -> !output.type().integral() && output.type() != DType.BOOL)
                .findFirst();
    }

    Quality quality() {
        if (values != null) {
            return values.quality();
        }
        if (sequences != null) {
            return sequences.quality();
        }
        return (classification == null ? new Classification(model) : classification).quality();
    }
}
