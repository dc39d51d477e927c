package dev.coppice.pipeline.structure;

import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.Map;

/** Inputs on which a model runs, and what it makes of them. */
record LawInputs(Map<String, HostTensor> tensors, Map<String, HostTensor> outputs) {

    static LawInputs draw(OrtModel session, LawSettings settings) {
        var inputs = RandomInputs.draw(session, settings.shapes(), settings.seed());
        return new LawInputs(inputs, session.run(inputs));
    }
}
