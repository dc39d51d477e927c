package dev.coppice.train.torch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One case of the ONNX project's conformance suite: a model, and inputs and expected outputs as tensor files. */
record ConformanceCase(Path folder) {

    static List<ConformanceCase> of(String suite) throws IOException {
        try (var folders = Files.list(TestData.data("onnx-testdata").resolve(suite))) {
            return folders.sorted().map(ConformanceCase::new).toList();
        }
    }

    String name() {
        return folder.getFileName().toString();
    }

    /** Runs the case; returns null when all outputs are right, else what is wrong. */
    @Nullable
    String failure() {
        try (var _ = new Scope();
                var graph = TorchGraph.of(OnnxReader.read(folder.resolve("model.onnx")))) {
            for (var set : sets()) {
                var failure = failure(graph, set);
                if (failure != null) {
                    return failure;
                }
            }
            return null;
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        }
    }

    private @Nullable String failure(TorchGraph graph, Path set) {
        var declared = OnnxReader.read(folder.resolve("model.onnx")).graph();
        var inputs = new HashMap<String, org.bytedeco.pytorch.Tensor>();
        long terms =
                declared.initializers().stream().mapToLong(Tensor::size).max().orElse(1);
        for (int i = 0; i < declared.inputs().size(); i++) {
            var file = set.resolve("input_" + i + ".pb");
            if (Files.exists(file)) {
                var input = read(file, declared.inputs().get(i));
                terms = Math.max(terms, input.size());
                inputs.put(declared.inputs().get(i).name(), Tensors.shared(input, Precision.FLOAT32));
            }
        }
        var outputs = graph.run(inputs, false);
        for (int i = 0; i < declared.outputs().size(); i++) {
            var output = declared.outputs().get(i);
            var actual = Tensors.toHost("", outputs.get(output.name()));
            var wrong = Tolerances.difference(actual, read(set.resolve("output_" + i + ".pb"), output), terms);
            if (wrong != null) {
                return output.name() + ": " + wrong;
            }
        }
        return null;
    }

    private List<Path> sets() {
        try (var files = Files.list(folder)) {
            return files.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** The files of bfloat16 tensors say uint16, for NumPy has no such type. */
    private static Tensor read(Path file, ValueInfo declared) {
        var tensor = OnnxReader.readTensor(file);
        return declared.type() == DType.BFLOAT16 && tensor.type() == DType.UINT16
                ? Tensor.of(tensor.name(), DType.BFLOAT16, tensor.dims(), tensor.data())
                : tensor;
    }
}
