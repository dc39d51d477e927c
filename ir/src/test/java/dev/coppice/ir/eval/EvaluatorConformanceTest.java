package dev.coppice.ir.eval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Holds the evaluator against the ONNX project's own node tests: inputs and expected outputs as tensor files. */
class EvaluatorConformanceTest {

    /** How many of the cases must be computed, so that coverage cannot shrink unseen. */
    private static final int LEAST_CASES = 349;

    @Test
    void coveredOperatorsGiveTheExpectedOutputs() throws IOException {
        var operators = new TreeSet<String>();
        var wrong = new ArrayList<String>();
        int computed = 0;
        try (var folders = Files.list(TestData.data("onnx-testdata/node"))) {
            for (var folder : folders.sorted().toList()) {
                var model = OnnxReader.read(folder.resolve("model.onnx"));
                var graph = model.graph();
                var node = graph.nodes().getFirst();
                boolean tensors = graph.inputs().stream().allMatch(i -> i.type() != null);
                if (graph.nodes().size() != 1 || !tensors || !ConstantEvaluator.covers(node)) {
                    continue;
                }
                var outputs = ConstantEvaluator.evaluate(node, inputs(folder, graph), 1 << 20);
                if (outputs.isEmpty()) {
                    continue;
                }
                computed++;
                operators.add(node.opType());
                for (int i = 0; i < node.outputs().size(); i++) {
                    var file = folder.resolve("test_data_set_0/output_" + i + ".pb");
                    var expected = read(file, graph.outputs().get(i));
                    var difference = difference(node, outputs.get().get(i), expected);
                    if (difference != null) {
                        wrong.add(folder.getFileName() + ": " + difference);
                    }
                }
            }
        }
        System.out.println(
                "evaluated %d node tests of %d operators: %s".formatted(computed, operators.size(), operators));
        assertThat(wrong).isEmpty();
        assertThat(computed).isGreaterThanOrEqualTo(LEAST_CASES);
    }

    private static List<@Nullable Tensor> inputs(Path folder, Graph graph) {
        var byName = new HashMap<String, Tensor>();
        for (int i = 0; i < graph.inputs().size(); i++) {
            var input = graph.inputs().get(i);
            byName.put(input.name(), read(folder.resolve("test_data_set_0/input_" + i + ".pb"), input));
        }
        var inputs = new ArrayList<@Nullable Tensor>();
        graph.nodes().getFirst().inputs().forEach(name -> inputs.add(byName.get(name)));
        return inputs;
    }

    /** The files of bfloat16 tensors say uint16, for NumPy has no such type. */
    private static Tensor read(Path file, ValueInfo declared) {
        var tensor = OnnxReader.readTensor(file);
        return declared.type() == DType.BFLOAT16 && tensor.type() == DType.UINT16
                ? Tensor.of(tensor.name(), DType.BFLOAT16, tensor.dims(), tensor.data())
                : tensor;
    }

    private static @Nullable String difference(Node node, Tensor actual, Tensor expected) {
        if (actual.type() != expected.type() || !actual.dims().equals(expected.dims())) {
            return "%s%s instead of %s%s".formatted(actual.type(), actual.dims(), expected.type(), expected.dims());
        }
        if (actual.data() instanceof TensorData.Strings) {
            return null;
        }
        if (expected.type().integral()) {
            var same = Arrays.equals(Elements.longs(actual), Elements.longs(expected));
            return same ? null : "other integers";
        }
        var values = Tensors.doubles(actual);
        var wanted = Tensors.doubles(expected);
        // exp, log, pow, sin, cos are within 1 ulp of float32; all others are exact, and 1e-6 tells them from a bug.
        // The
        // expected bfloat16 values are cut off, not rounded.
        double tolerance = expected.type() == DType.BFLOAT16 ? 1 / 128.0 : 1e-6;
        // What was normalised in float32 lost digits where a value is close to the mean, here and there.
        double least = node.is("BatchNormalization")
                ? Arrays.stream(wanted).map(Math::abs).max().orElse(0)
                : 0;
        for (int i = 0; i < values.length; i++) {
            boolean same = Double.compare(values[i], wanted[i]) == 0
                    || Math.abs(values[i] - wanted[i]) <= tolerance * Math.max(Math.abs(wanted[i]), least);
            if (!same) {
                return "element %d is %s instead of %s".formatted(i, values[i], wanted[i]);
            }
        }
        return null;
    }
}
