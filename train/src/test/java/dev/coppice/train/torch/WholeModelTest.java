package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.TestData;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds whole models against ONNX Runtime. */
class WholeModelTest {

    /** The promise of the engine: relative to the largest magnitude of an output. */
    private static final double TOLERANCE = 1e-4;

    private final SplittableRandom random = new SplittableRandom(7);

    @BeforeAll
    static void load() {
        Libtorch.use(2);
    }

    @ParameterizedTest
    @CsvSource({
        "ppocr/ch_PP-OCRv3_rec_infer.onnx,2 3 48 320",
        "ppocr/ch_PP-OCRv4_rec_infer.onnx,2 3 48 320",
        "ppocr/ch_ppocr_mobile_v2.0_cls_infer.onnx,2 3 48 192",
    })
    void readersOfTextAgree(String file, String sizes) throws OrtException {
        var path = TestData.data(file);
        assertAgreement(OnnxReader.read(path), path, sizes);
    }

    /** A random image holds no text and every probability is nearly zero: the numbers before the last sigmoid are compared. */
    @ParameterizedTest
    @ValueSource(strings = {"ppocr/ch_PP-OCRv3_det_infer.onnx", "ppocr/ch_PP-OCRv4_det_infer.onnx"})
    void findersOfTextAgree(String file, @TempDir Path folder) throws OrtException {
        var model = Rewired.withOutput(OnnxReader.read(TestData.data(file)), "Sigmoid");
        assertAgreement(model, written(model, folder), "1 3 64 96");
    }

    @ParameterizedTest
    @CsvSource({"resnet20,2 3 32 32", "efficientnet_lite0,1 3 224 224"})
    void classifiersAgree(String name, String sizes) throws OrtException {
        var path = TestData.shared("models/" + name + ".onnx");
        assertAgreement(OnnxReader.read(path), path, sizes);
    }

    /** Their weights are all equal in the file: filled with random ones, or the comparison would mean nothing. */
    @ParameterizedTest
    @ValueSource(strings = {"densenet121", "inception_v1", "resnet50", "squeezenet", "zfnet512"})
    void topologiesWithRandomWeightsAgree(String name, @TempDir Path folder) throws OrtException {
        var model = Rewired.withWeights(OnnxReader.read(TestData.shared("models/light_" + name + ".onnx")), random);
        assertAgreement(model, written(model, folder), "1 3 224 224");
    }

    @ParameterizedTest
    @CsvSource({"minilm/model.onnx,2 16", "smollm2/model.onnx,1 16"})
    void languageModelsAgree(String file, String sizes) throws OrtException {
        var path = TestData.data(file);
        assertAgreement(OnnxReader.read(path), path, sizes);
    }

    @Test
    void anOutputThatDoesNotExistIsRefused() {
        var path = TestData.shared("models/resnet20.onnx");
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> TorchGraph.of(
                        OnnxReader.read(path), java.util.List.of("nowhere"), java.util.Map.of(), Precision.FLOAT32))
                .isInstanceOf(dev.coppice.ir.BadModelException.class)
                .hasMessageContaining("nowhere");
    }

    private static Path written(Model model, Path folder) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(model, file);
        return file;
    }

    private void assertAgreement(Model model, Path file, String sizes) throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        try (var _ = new Scope();
                var _ = new NoGradGuard();
                var graph = TorchGraph.of(model);
                var options = new OrtSession.SessionOptions();
                var session = environment.createSession(file.toString(), plain(options))) {
            long[] shape =
                    Arrays.stream(sizes.split(" ")).mapToLong(Long::parseLong).toArray();
            var ours = new HashMap<String, Tensor>();
            var theirs = new HashMap<String, OnnxTensor>();
            for (var name : graph.inputs()) {
                bind(model, name, shape, ours, theirs);
            }
            var outputs = graph.run(ours, false);
            try (var expected = session.run(theirs)) {
                for (var name : TorchGraph.outputNames(model)) {
                    var reference = (OnnxTensor) expected.get(name).orElseThrow();
                    assertClose(name, outputs.get(name), reference);
                }
            }
            theirs.values().forEach(OnnxTensor::close);
        }
    }

    /** Runs the graph as it is written; optimising the large ones takes longer than running them once. */
    private static OrtSession.SessionOptions plain(OrtSession.SessionOptions options) throws OrtException {
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
        return options;
    }

    private void bind(
            Model model, String name, long[] shape, HashMap<String, Tensor> ours, HashMap<String, OnnxTensor> theirs)
            throws OrtException {
        var environment = OrtEnvironment.getEnvironment();
        int count = Math.toIntExact(Arrays.stream(shape).reduce(1, (a, b) -> a * b));
        var info = model.graph().inputs().stream()
                .filter(input -> input.name().equals(name))
                .findFirst()
                .orElseThrow();
        if (info.type() == dev.coppice.ir.DType.FLOAT) {
            var values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
            }
            ours.put(name, torch.tensor(values).reshape(shape));
            theirs.put(name, OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape));
        } else {
            var values = new long[count];
            for (int i = 0; i < count; i++) {
                values[i] = name.contains("mask") ? 1 : name.contains("type") ? 0 : random.nextInt(1000);
            }
            ours.put(name, torch.tensor(values).reshape(shape));
            theirs.put(name, OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape));
        }
    }

    private static void assertClose(String name, Tensor ours, OnnxTensor theirs) {
        var actual = Tensors.toHost(name, ours);
        assertThat(actual.dims())
                .isEqualTo(Arrays.stream(theirs.getInfo().getShape()).boxed().toList());
        var buffer = theirs.getFloatBuffer();
        var expected = new double[buffer.remaining()];
        Arrays.setAll(expected, i -> buffer.get(i));
        double scale = Tolerances.scale(expected);
        assertThat(spread(expected)).as("the output must not be constant").isGreaterThan(1e-3 * scale);
        assertThat(Tolerances.difference(Tolerances.doubles(actual), expected, TOLERANCE * scale))
                .as(name)
                .isNull();
    }

    private static double spread(double[] values) {
        return Arrays.stream(values).max().orElse(0)
                - Arrays.stream(values).min().orElse(0);
    }
}
