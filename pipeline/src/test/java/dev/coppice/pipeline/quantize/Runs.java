package dev.coppice.pipeline.quantize;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Runs models in ONNX Runtime on seeded normal numbers. */
final class Runs {

    private Runs() {}

    static Map<String, HostTensor> draw(Model model, long seed, long... dims) {
        var random = new Random(seed);
        var inputs = new LinkedHashMap<String, HostTensor>();
        for (var input : model.graph().inputs()) {
            var values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            inputs.put(input.name(), HostTensor.ofFloats(DType.FLOAT, values, dims));
        }
        return inputs;
    }

    static Map<String, HostTensor> run(Model model, Map<String, HostTensor> inputs, OrtOptions.Optimization level) {
        try {
            var file = Files.createTempFile("coppice-test", ".onnx");
            try {
                OnnxWriter.write(model, file);
                try (var session = OrtModel.open(file, OrtOptions.defaults().withOptimization(level))) {
                    return session.run(inputs);
                }
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns all outputs, one after the other. */
    static float[] outputs(Model model, Map<String, HostTensor> inputs) {
        return joined(run(model, inputs, OrtOptions.Optimization.ALL));
    }

    static float[] joined(Map<String, HostTensor> outputs) {
        int size = outputs.values().stream().mapToInt(HostTensor::size).sum();
        var all = new float[size];
        int at = 0;
        for (var output : outputs.values()) {
            System.arraycopy(output.toFloats(), 0, all, at, output.size());
            at += output.size();
        }
        return all;
    }

    /** Returns the root of the squared differences' sum over that of the expected values'. */
    static double relativeError(float[] expected, float[] actual) {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            error += Math.pow((double) expected[i] - actual[i], 2);
            norm += Math.pow(expected[i], 2);
        }
        return Math.sqrt(error / norm);
    }
}
