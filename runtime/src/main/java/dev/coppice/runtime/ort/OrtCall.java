package dev.coppice.runtime.ort;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.DType;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** A model with its inputs bound, ready to run again and again. */
public final class OrtCall implements AutoCloseable {

    private final OrtModel model;
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs;
    private final Set<String> fetchable;

    private OrtCall(OrtModel model, OrtSession session, Map<String, OnnxTensor> inputs) {
        this.model = model;
        this.session = session;
        this.inputs = inputs;
        this.fetchable = new LinkedHashSet<>();
        for (var output : model.outputs()) {
            if (output.type() != DType.STRING) {
                fetchable.add(output.name());
            }
        }
    }

    static OrtCall bind(OrtModel model, OrtSession session, Map<String, HostTensor> tensors) {
        InputCheck.check(model, tensors);
        var call = new OrtCall(model, session, new LinkedHashMap<>());
        try {
            for (var entry : tensors.entrySet()) {
                call.inputs.put(entry.getKey(), OrtTypes.toOrt(entry.getValue()));
            }
            return call;
        } catch (OrtException e) {
            call.close();
            throw OrtTypes.refused("ONNX Runtime cannot take the inputs of " + model.path(), e);
        } catch (RuntimeException e) {
            call.close();
            throw e;
        }
    }

    /** Runs the model and drops the outputs without copying them: what a benchmark measures. */
    public void run() {
        execute().close();
    }

    /** Runs the model and copies every numeric output, in the model's order; what is no tensor is passed over, but for probabilities by class. */
    public Map<String, HostTensor> fetch() {
        try (var result = execute()) {
            var outputs = new LinkedHashMap<String, HostTensor>();
            for (var entry : result) {
                OrtTypes.toHost(entry.getValue()).ifPresent(tensor -> outputs.put(entry.getKey(), tensor));
            }
            return outputs;
        } catch (OrtException e) {
            throw OrtTypes.refused("ONNX Runtime cannot hand over the outputs of " + model.path(), e);
        }
    }

    private OrtSession.Result execute() {
        try {
            return fetchable.isEmpty() ? session.run(inputs) : session.run(inputs, fetchable);
        } catch (OrtException e) {
            throw OrtTypes.refused("ONNX Runtime failed while running " + model.path(), e);
        }
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        inputs.clear();
    }
}
