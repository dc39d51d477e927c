package dev.coppice.ir.shape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Holds shape inference against the ONNX project's own cases. What a case declares of its outputs is taken away; what is
 * inferred instead is compared with the expected output tensors. All inputs but the first become constants, for axes, sizes and
 * the like decide over shapes.
 */
class ShapeConformanceTest {

    private final List<String> wrong = new ArrayList<>();
    private final TreeMap<String, TreeSet<String>> notStatic = new TreeMap<>();
    private final TreeSet<String> operators = new TreeSet<>();
    private int fullyInferred;
    private int outputs;

    /** The least number of output tensors whose type and shape must be inferred in full, so that coverage cannot shrink unseen. */
    @ParameterizedTest
    @CsvSource({"node, 991", "simple, 9", "pytorch-converted, 82", "pytorch-operator, 38"})
    void inferredShapesAreThoseOfTheExpectedOutputs(String suite, int least) throws IOException {
        try (var folders = Files.list(TestData.data("onnx-testdata/" + suite))) {
            for (var folder : folders.sorted().toList()) {
                check(folder);
            }
        }
        System.out.printf(
                "%s: %d of %d outputs inferred in full, by %d operators: %s%nnot in full: %s%n",
                suite, fullyInferred, outputs, operators.size(), operators, notStatic);
        assertThat(wrong).isEmpty();
        assertThat(fullyInferred).isGreaterThanOrEqualTo(least);
    }

    private void check(Path folder) throws IOException {
        var model = OnnxReader.read(folder.resolve("model.onnx"));
        var graph = model.graph();
        var data = folder.resolve("test_data_set_0");
        if (!Files.isDirectory(data)
                || Stream.concat(graph.inputs().stream(), graph.outputs().stream())
                        .anyMatch(v -> v.type() == null)) {
            return;
        }
        var shapes = ShapeInference.infer(model.withGraph(undeclared(graph, data)));
        for (int i = 0; i < graph.outputs().size(); i++) {
            var output = graph.outputs().get(i);
            compare(folder.getFileName().toString(), graph, shapes.of(output.name()), read(data, "output_", i, output));
        }
    }

    private void compare(String name, Graph graph, Typed inferred, Tensor expected) {
        outputs++;
        var shape = inferred.shape();
        if (inferred.type() != null && inferred.type() != expected.type()) {
            wrong.add("%s: %s instead of %s".formatted(name, inferred.type(), expected.type()));
        }
        if (shape != null) {
            boolean fits = shape.rank() == expected.dims().size();
            for (int i = 0; fits && i < shape.rank(); i++) {
                fits = !(shape.dim(i) instanceof Dim.Known)
                        || shape.dim(i).is(expected.dims().get(i));
            }
            if (!fits) {
                wrong.add("%s: %s instead of %s".formatted(name, shape, expected.dims()));
            }
        }
        graph.nodes().stream().map(node -> node.operator()).forEach(operators::add);
        if (shape != null && shape.isStatic() && inferred.type() != null) {
            fullyInferred++;
        } else {
            var operator =
                    graph.nodes().isEmpty() ? "none" : graph.nodes().getLast().opType();
            notStatic.computeIfAbsent(operator, _ -> new TreeSet<>()).add(name);
        }
    }

    private static Graph undeclared(Graph graph, Path data) {
        var inputs = new ArrayList<ValueInfo>();
        var constants = new ArrayList<>(graph.initializers());
        for (int i = 0; i < graph.inputs().size(); i++) {
            var input = graph.inputs().get(i);
            boolean constant =
                    graph.initializers().stream().anyMatch(t -> t.name().equals(input.name()));
            if (i == 0 || constant || !Files.exists(data.resolve("input_" + i + ".pb"))) {
                inputs.add(input);
            } else {
                constants.add(read(data, "input_", i, input).withName(input.name()));
            }
        }
        var outputs = graph.outputs().stream()
                .map(o -> new ValueInfo(o.name(), null, null, o.carried()))
                .toList();
        return graph.withInitializers(constants)
                .withSparseInitializers(List.of())
                .withInputs(inputs)
                .withOutputs(outputs)
                .withValueInfos(List.of());
    }

    /** The files of bfloat16 tensors say uint16, for NumPy has no such type. */
    private static Tensor read(Path data, String kind, int i, ValueInfo declared) {
        var tensor = OnnxReader.readTensor(data.resolve(kind + i + ".pb"));
        return declared.type() == DType.BFLOAT16 && tensor.type() == DType.UINT16
                ? Tensor.of(tensor.name(), DType.BFLOAT16, tensor.dims(), tensor.data())
                : tensor;
    }
}
