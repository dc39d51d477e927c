package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.onnx.OnnxWriter;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds forms of operators that the conformance suite does not have against ONNX Runtime. */
class AgreementTest {

    @BeforeAll
    static void load() {
        Libtorch.use(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"agreement.txt", "gradients.txt"})
    void operatorsAgree(String cases, @TempDir Path folder) throws IOException, OrtException {
        var wrong = new ArrayList<String>();
        for (var one : OperatorCase.of(cases)) {
            var difference = difference(one, folder.resolve("model.onnx"));
            if (difference != null) {
                wrong.add(one.graph() + ": " + difference);
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static @Nullable String difference(OperatorCase one, Path file) throws OrtException {
        var model = one.model();
        OnnxWriter.write(model, file);
        var environment = OrtEnvironment.getEnvironment();
        try (var _ = new Scope();
                var graph = TorchGraph.of(model);
                var options = new OrtSession.SessionOptions();
                var session = environment.createSession(file.toString(), options)) {
            var ours = new HashMap<String, Tensor>();
            var theirs = new HashMap<String, OnnxTensor>();
            for (var input : one.values().entrySet()) {
                ours.put(input.getKey(), input.getValue().to(ScalarType.Float));
                var values = Tolerances.doubles(Tensors.toHost("", input.getValue()));
                var floats = FloatBuffer.allocate(values.length);
                Arrays.stream(values).forEach(value -> floats.put((float) value));
                theirs.put(
                        input.getKey(),
                        OnnxTensor.createTensor(
                                environment, floats.flip(), Tensors.sizes(Tensors.dims(input.getValue()))));
            }
            try (var expected = session.run(theirs)) {
                return difference(graph.run(ours, false), expected);
            } finally {
                theirs.values().forEach(OnnxTensor::close);
            }
        }
    }

    private static @Nullable String difference(Map<String, Tensor> actual, OrtSession.Result expected) {
        for (var output : actual.entrySet()) {
            var reference = (OnnxTensor) expected.get(output.getKey()).orElseThrow();
            var dims = Arrays.stream(reference.getInfo().getShape()).boxed().toList();
            if (!Tensors.dims(output.getValue()).equals(dims)) {
                return Tensors.dims(output.getValue()) + " instead of " + dims;
            }
            if (reference.getInfo().type != OnnxJavaType.FLOAT) {
                continue;
            }
            var buffer = reference.getFloatBuffer();
            var wanted = new double[buffer.remaining()];
            Arrays.setAll(wanted, i -> buffer.get(i));
            double scale = Math.max(1e-3, Tolerances.scale(wanted));
            double bound = Tolerances.bound(dev.coppice.ir.DType.FLOAT, scale, 100);
            var wrong = Tolerances.difference(Tolerances.doubles(Tensors.toHost("", output.getValue())), wanted, bound);
            if (wrong != null) {
                return output.getKey() + ": " + wrong;
            }
        }
        return null;
    }
}
