package dev.coppice.pipeline.structure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.LinkedHashMap;
import java.util.Map;

/** Inputs on which a model runs, and what it makes of them. */
record LawInputs(Map<String, HostTensor> tensors, Map<String, HostTensor> outputs) {

    /** Ids that even a toy's vocabulary has. */
    private static final long FEW_IDS = 8;

    static LawInputs draw(OrtModel session, LawSettings settings) {
        var inputs = RandomInputs.draw(session, settings.shapes(), settings.seed());
        try {
            return new LawInputs(inputs, session.run(inputs));
        } catch (BadModelException e) {
            var fewer = new LinkedHashMap<String, HostTensor>();
            inputs.forEach((name, tensor) -> fewer.put(name, fewerIds(tensor)));
            return new LawInputs(fewer, session.run(fewer));
        }
    }

    private static HostTensor fewerIds(HostTensor tensor) {
        if (tensor.type() != DType.INT64 && tensor.type() != DType.INT32) {
            return tensor;
        }
        var values = tensor.toDoubles();
        var other = HostTensor.allocate(tensor.type(), tensor.sizes());
        var bytes = other.buffer();
        for (double value : values) {
            if (tensor.type() == DType.INT64) {
                bytes.putLong((long) value % FEW_IDS);
            } else {
                bytes.putInt((int) (value % FEW_IDS));
            }
        }
        return other;
    }
}
