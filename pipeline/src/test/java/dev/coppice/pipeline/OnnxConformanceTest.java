package dev.coppice.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.LimitedWriter;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.TestData;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the ONNX project's own cases in ONNX Runtime, as they are and encoded anew by Coppice. */
class OnnxConformanceTest {

    private static final Set<DType> FED = EnumSet.of(
            DType.FLOAT,
            DType.DOUBLE,
            DType.FLOAT16,
            DType.INT64,
            DType.INT32,
            DType.INT16,
            DType.INT8,
            DType.UINT8,
            DType.BOOL);

    private enum Result {
        SAME,
        DIFFERENT,
        NOT_DETERMINISTIC,
        NOT_SUPPORTED_BY_THE_RUNTIME,
        NOT_COMPARED
    }

    @TempDir
    private Path folder;

    @Test
    void encodedAnewEveryNodeCaseGivesTheSameBits() throws IOException {
        var results = run("node", OnnxConformanceTest::encodedAnew);
        assertThat(results.get(Result.SAME)).as("%s", results).hasSizeGreaterThan(800);
        assertThat(results.get(Result.NOT_DETERMINISTIC)).as("%s", results).hasSizeLessThan(20);
    }

    @Test
    void encodedAnewEveryConvertedModelGivesTheSameBits() throws IOException {
        for (var suite : Map.of("pytorch-converted", 55, "pytorch-operator", 20, "simple", 12)
                .entrySet()) {
            var results = run(suite.getKey(), OnnxConformanceTest::encodedAnew);
            assertThat(results.get(Result.SAME)).as("%s", results).hasSizeGreaterThan(suite.getValue());
        }
    }

    @Test
    void modelsAboveTheSizeLimitRunFromTheirExternalData() throws IOException {
        var data = new ArrayList<Path>();
        var results = run(
                "pytorch-converted",
                (model, file) ->
                        LimitedWriter.write(model, file, 1_000).stream().skip(1).forEach(data::add));
        assertThat(results.get(Result.SAME)).as("%s", results).hasSizeGreaterThan(50);
        assertThat(data).isNotEmpty();
    }

    private interface Rewriting {
        void write(Model model, Path file);
    }

    /** Forgets how the elements were encoded, so that all are encoded anew. */
    private static void encodedAnew(Model model, Path file) {
        var forgetful = new Model(
                model.irVersion(), model.opsets(), model.graph(), model.functions(), model.carried(), new Origins());
        OnnxWriter.write(forgetful, file);
    }

    private Map<Result, List<String>> run(String suite, Rewriting rewriting) throws IOException {
        var results = new TreeMap<Result, List<String>>();
        for (var result : Result.values()) {
            results.put(result, new ArrayList<>());
        }
        try (var cases = Files.list(TestData.data("onnx-testdata/" + suite))) {
            for (var directory : cases.sorted().toList()) {
                results.get(compare(directory, rewriting))
                        .add(directory.getFileName().toString());
            }
        }
        results.forEach((result, names) -> System.out.println(suite + ": " + result + " " + names.size()));
        assertThat(results.get(Result.DIFFERENT)).isEmpty();
        return results;
    }

    private Result compare(Path directory, Rewriting rewriting) throws IOException {
        var file = directory.resolve("model.onnx");
        var model = OnnxReader.read(file);
        var inputs = inputs(model, directory.resolve("test_data_set_0"));
        if (inputs.isEmpty()) {
            return Result.NOT_COMPARED;
        }
        Map<String, HostTensor> expected;
        Map<String, HostTensor> again;
        try {
            expected = outputs(file, inputs.get());
            again = outputs(file, inputs.get());
        } catch (BadModelException e) {
            return Result.NOT_SUPPORTED_BY_THE_RUNTIME;
        }
        if (expected.isEmpty()) {
            return Result.NOT_COMPARED;
        }
        if (!same(expected, again)) {
            return Result.NOT_DETERMINISTIC;
        }
        var copy = folder.resolve("copy.onnx");
        rewriting.write(model, copy);
        return same(expected, outputs(copy, inputs.get())) ? Result.SAME : Result.DIFFERENT;
    }

    private static Map<String, HostTensor> outputs(Path file, Map<String, HostTensor> inputs) {
        try (var model = OrtModel.open(file, OrtOptions.defaults())) {
            return model.run(inputs);
        }
    }

    /** Returns the inputs that are no initializers too. */
    private static List<ValueInfo> fed(Graph graph) {
        var constants = graph.initializers().stream().map(Tensor::name).collect(Collectors.toSet());
        return graph.inputs().stream()
                .filter(input -> !constants.contains(input.name()))
                .toList();
    }

    /** Returns the case's inputs, or nothing when one is no dense tensor of numbers. */
    private static Optional<Map<String, HostTensor>> inputs(Model model, Path set) {
        var tensors = new HashMap<String, HostTensor>();
        var declared = fed(model.graph());
        for (int i = 0; i < declared.size(); i++) {
            var file = set.resolve("input_" + i + ".pb");
            if (!Files.exists(file) || !FED.contains(declared.get(i).type())) {
                return Optional.empty();
            }
            var tensor = OnnxReader.readTensor(file);
            if (tensor.data() instanceof TensorData.Strings || !FED.contains(tensor.type())) {
                return Optional.empty();
            }
            var bytes = Elements.bytes(tensor).asByteBuffer();
            long[] dims = tensor.dims().stream().mapToLong(Long::longValue).toArray();
            tensors.put(declared.get(i).name(), HostTensor.wrap(tensor.type(), bytes, dims));
        }
        return Optional.of(tensors);
    }

    private static boolean same(Map<String, HostTensor> a, Map<String, HostTensor> b) {
        return a.keySet().equals(b.keySet())
                && a.entrySet().stream().allMatch(entry -> same(entry.getValue(), b.get(entry.getKey())));
    }

    private static boolean same(HostTensor a, HostTensor b) {
        return a.type() == b.type() && a.dims().equals(b.dims()) && a.buffer().equals(b.buffer());
    }
}
