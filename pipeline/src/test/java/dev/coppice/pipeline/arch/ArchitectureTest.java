package dev.coppice.pipeline.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the built networks in ONNX Runtime, and holds their sizes against the published ones. */
class ArchitectureTest {

    @TempDir
    private Path folder;

    private static Model build(String name, long seed) {
        var architecture = Architecture.parse(name);
        return architecture.build(architecture.defaultInput(), 10, seed);
    }

    private static float[] weight(Model model, String name) {
        var tensor = model.graph().initializers().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow();
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    private Map<String, HostTensor> run(Model model, int batch, ImageSize size) {
        var file = folder.resolve("m.onnx");
        OnnxWriter.write(model, file);
        var pixels = new float[batch * size.channels() * size.height() * size.width()];
        var random = new Random(7);
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        var input = HostTensor.ofFloats(pixels, batch, size.channels(), size.height(), size.width());
        try (var session = OrtModel.open(file, OrtOptions.defaults())) {
            return session.run(Map.of("input", input));
        }
    }

    private HostTensor logits(Model model, int batch, ImageSize size) {
        return Objects.requireNonNull(run(model, batch, size).get("logits"));
    }

    @ParameterizedTest
    @CsvSource({
        "lenet300, 266610", // 784*300+300 + 300*100+100 + 100*10+10
        "lenet5, 431080", // Guo et al. 2016: 431 k
        "vgg, 14724042", // 14,710,464 in convolutions, 2 * 4224 in norms, 5,130 in the classifier
        "resnet8, 75290",
        "resnet20, 269722", // He et al. 2016, table 6: 0.27 M
        "resnet56, 853018" // 0.85 M
    })
    void theNumberOfParametersIsThePublishedOne(String name, long parameters) {
        assertThat(Architecture.trainable(build(name, 0))).isEqualTo(parameters);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lenet300", "lenet5", "vgg", "resnet8", "resnet20"})
    void onnxRuntimeRunsTheModelAtAnyBatchSize(String name) {
        var size = Architecture.parse(name).defaultInput();
        var logits = logits(build(name, 3), 3, size);
        assertThat(logits.dims()).containsExactly(3L, 10L);
        // Variance-preserving weights: logits neither vanish nor explode. A residual block doubles the variance as long
        // as
        // BatchNorm is the identity, and ResNet-20 has nine.
        double square = 0;
        for (float value : logits.toFloats()) {
            square += (double) value * value / logits.size();
        }
        assertThat(Math.sqrt(square)).isBetween(.05, 2 * Math.sqrt(1 << 9));
    }

    @ParameterizedTest
    @CsvSource({"lenet300, 1x8x8", "lenet5, 3x31x29", "vgg, 1x70x64", "resnet8, 1x27x13"})
    void otherInputSizesAndClassesAreBuilt(String name, String input) {
        var size = ImageSize.parse(input);
        assertThat(logits(Architecture.parse(name).build(size, 7, 1), 2, size).dims())
                .containsExactly(2L, 7L);
    }

    @Test
    void shortcutsBetweenStagesTakeEverySecondPixelAndAppendZeros() {
        var size = new ImageSize(3, 5, 5);
        var built = Architecture.parse("resnet8").build(size, 10, 5);
        var outputs = run(watching(built, "layer1.0.relu2", "layer2.0.shortcut.pad"), 1, size);
        var before = Objects.requireNonNull(outputs.get("layer1.0.relu2")); // [1,16,5,5]
        var after = Objects.requireNonNull(outputs.get("layer2.0.shortcut.pad")); // [1,32,3,3]
        assertThat(after.dims()).containsExactly(1L, 32L, 3L, 3L);
        var expected = new float[32 * 9];
        for (int c = 0; c < 16; c++) {
            for (int y = 0; y < 3; y++) {
                for (int x = 0; x < 3; x++) {
                    expected[c * 9 + y * 3 + x] = before.toFloats()[c * 25 + 2 * y * 5 + 2 * x];
                }
            }
        }
        assertThat(after.toFloats()).isEqualTo(expected);
    }

    /** Makes inner values the outputs. */
    private static Model watching(Model model, String... values) {
        var graph = model.graph();
        var outputs = Arrays.stream(values)
                .map(value -> ValueInfo.of(value, DType.FLOAT, null))
                .toList();
        return model.withGraph(graph.withOutputs(outputs));
    }

    @Test
    void weightsDependOnTheSeedAlone() {
        assertThat(weight(build("lenet5", 1), "conv1.weight")).isEqualTo(weight(build("lenet5", 1), "conv1.weight"));
        assertThat(weight(build("lenet5", 1), "conv1.weight")).isNotEqualTo(weight(build("lenet5", 2), "conv1.weight"));
    }

    @Test
    void weightsHaveThePublishedVariances() {
        var model = build("lenet300", 4);
        // He et al. 2015: 2 / fanIn. The standard error of the deviation over n draws is deviation / sqrt(2 n).
        assertThat(deviation(weight(model, "fc1.weight"))).isCloseTo(Math.sqrt(2.0 / 784), within(2e-4));
        // Glorot and Bengio 2010: uniform within sqrt(6 / (fanIn + fanOut)).
        var last = weight(model, "fc3.weight");
        assertThat(deviation(last)).isCloseTo(Math.sqrt(2.0 / 110), within(8e-3));
        for (float value : last) {
            assertThat(Math.abs(value)).isLessThanOrEqualTo((float) Math.sqrt(6.0 / 110));
        }
        assertThat(weight(model, "fc1.bias")).containsOnly(0f);
        // The window counts for the fan: 2 / (16 * 3 * 3).
        assertThat(deviation(weight(build("resnet20", 4), "layer1.0.conv1.weight")))
                .isCloseTo(Math.sqrt(2.0 / 144), within(7e-3));
    }

    private static double deviation(float[] values) {
        double square = 0;
        for (float value : values) {
            square += (double) value * value;
        }
        return Math.sqrt(square / values.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"lenet", "resnet", "resnet21", "resnet2", "resnet-4", "resnet1208", "resnet20x", ""})
    void unknownNamesAreRefusedWithTheKnownOnes(String name) {
        assertThatThrownBy(() -> Architecture.parse(name))
                .isInstanceOfSatisfying(
                        UsageException.class, e -> assertThat(e.hint()).contains("lenet300 | lenet5 | vgg | resnetN"));
    }

    @Test
    void imagesThatShrinkToNothingAreRefused() {
        assertThatThrownBy(() -> Architecture.parse("lenet5").build(new ImageSize(1, 8, 8), 10, 0))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("lenet5 shrinks an input of 1x8x8 to nothing at its layer conv2");
        assertThatThrownBy(() -> Architecture.parse("vgg").build(new ImageSize(3, 31, 32), 10, 0))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("pool5");
    }

    @ParameterizedTest
    @ValueSource(strings = {"28x28", "1x28x", "0x28x28", "1x-3x4", "1x28x99999", "axbxc", ""})
    void malformedInputSizesAreRefused(String text) {
        assertThatThrownBy(() -> ImageSize.parse(text)).isInstanceOf(UsageException.class);
    }

    @Test
    void oneClassIsRefused() {
        var size = new ImageSize(1, 28, 28);
        assertThatThrownBy(() -> Architecture.parse("lenet5").build(size, 1, 0)).isInstanceOf(UsageException.class);
    }
}
