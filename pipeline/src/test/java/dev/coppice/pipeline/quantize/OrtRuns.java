package dev.coppice.pipeline.quantize;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs models in ONNX Runtime, and shows what it makes of them. */
record OrtRuns(Path folder) {

    Map<String, HostTensor> run(Model model, Map<String, HostTensor> inputs) {
        return run(model, inputs, OrtOptions.defaults());
    }

    Map<String, HostTensor> run(Model model, Map<String, HostTensor> inputs, OrtOptions options) {
        var file = folder.resolve("run.onnx");
        OnnxWriter.write(model, file);
        try (var session = OrtModel.open(file, options)) {
            return session.run(inputs);
        }
    }

    /** Returns the operators that are left after ONNX Runtime has optimized the model. */
    List<String> optimized(Model model) throws OrtException {
        var file = folder.resolve("optimize.onnx");
        var optimized = folder.resolve("optimized.onnx");
        OnnxWriter.write(model, file);
        try (var options = new OrtSession.SessionOptions()) {
            options.setOptimizedModelFilePath(optimized.toString());
            OrtEnvironment.getEnvironment()
                    .createSession(file.toString(), options)
                    .close();
        }
        return OnnxReader.read(optimized).graph().nodes().stream()
                .map(Node::opType)
                .sorted()
                .toList();
    }

    /** Returns the model with one more output. */
    static Model showing(Model model, ValueInfo value) {
        var graph = model.graph();
        var outputs = new ArrayList<>(graph.outputs());
        outputs.add(value);
        return model.withGraph(new dev.coppice.ir.Graph(
                graph.name(),
                graph.nodes(),
                graph.initializers(),
                graph.sparseInitializers(),
                graph.inputs(),
                outputs,
                graph.valueInfos(),
                graph.carried()));
    }
}
