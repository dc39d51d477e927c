package dev.coppice.pipeline.data;

import dev.coppice.ir.Tensor;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.train.data.TrainBatch;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Gives host tensors the form in which training takes them; the elements stay where they are. */
final class TrainTensors {

    /** The name of targets, as in archives. */
    static final String TARGETS = "y";

    private TrainTensors() {}

    static TrainBatch batch(Map<String, HostTensor> inputs, int samples, Optional<HostTensor> targets) {
        var tensors = new LinkedHashMap<String, Tensor>();
        inputs.forEach((name, tensor) -> tensors.put(name, tensor.named(name)));
        return new TrainBatch(tensors, samples, targets.map(tensor -> tensor.named(TARGETS)));
    }
}
