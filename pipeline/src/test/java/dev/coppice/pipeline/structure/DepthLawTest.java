package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.measure.RandomInputs;
import dev.coppice.prune.depth.Branch;
import dev.coppice.prune.depth.Branches;
import dev.coppice.prune.depth.Depth;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The law of depth pruning: a model without some branches computes what it computes with zeros in them. */
class DepthLawTest {

    /** Rounding of float32 through a few layers, relative to the largest output; a branch that is left in changes far more. */
    private static final double ROUNDING = 1e-5;

    @TempDir
    private Path folder;

    private OrtModel open(Model model) {
        var file = folder.resolve("model.onnx");
        OnnxWriter.write(model, file);
        return OrtModel.open(file, OrtOptions.defaults());
    }

    /** The inputs of a model and what it makes of them. */
    private record Reference(Map<String, HostTensor> inputs, double[] outputs) {}

    private Reference reference(Model model, Map<String, List<Long>> shapes) {
        try (var open = open(model)) {
            var inputs = RandomInputs.draw(open, shapes, 11);
            return new Reference(inputs, run(open, inputs));
        }
    }

    private double[] run(Model model, Map<String, HostTensor> inputs) {
        try (var open = open(model)) {
            return run(open, inputs);
        }
    }

    private static double[] run(OrtModel open, Map<String, HostTensor> inputs) {
        var outputs = open.run(inputs);
        return open.outputs().stream()
                .flatMapToDouble(output -> Arrays.stream(
                        Objects.requireNonNull(outputs.get(output.name())).toDoubles()))
                .toArray();
    }

    private void assertLaw(Model model, List<Branch> branches, Map<String, List<Long>> shapes) {
        assertLaw(model, branches, reference(model, shapes));
    }

    private void assertLaw(Model model, List<Branch> branches, Reference reference) {
        var full = reference.outputs();
        var dropped = run(Depth.drop(model, branches), reference.inputs());
        var masked = run(Depth.mask(model, branches), reference.inputs());
        double scale = 0;
        double change = 0;
        double difference = 0;
        assertThat(dropped).hasSameSizeAs(full).hasSameSizeAs(masked);
        for (int i = 0; i < full.length; i++) {
            scale = Math.max(scale, Math.abs(dropped[i]));
            change = Math.max(change, Math.abs(dropped[i] - full[i]));
            difference = Math.max(difference, Math.abs(dropped[i] - masked[i]));
        }
        assertThat(difference).isLessThanOrEqualTo(ROUNDING * scale);
        // Else nothing would have been shown.
        assertThat(change).isGreaterThan(100 * ROUNDING * scale);
    }

    private static Map<String, List<Long>> shortTexts(Model model) {
        var shapes = new HashMap<String, List<Long>>();
        for (var input : model.graph().inputs()) {
            var shape = input.shape();
            if (shape != null && shape.rank() == 2 && !shape.isStatic()) {
                shapes.put(input.name(), List.of(2L, 7L));
            }
        }
        return shapes;
    }

    @ParameterizedTest
    @CsvSource({
        "resnet20, 7, 2",
        "efficientnet_lite0, 9, 0",
        "minilm, 12, 0",
        "smollm2, 60, 0",
        "ch_PP-OCRv3_rec_infer, 4, 0",
        "ch_PP-OCRv4_rec_infer, 4, 0",
        "ch_ppocr_mobile_v2.0_cls_infer, 7, 0"
    })
    void realModelsLoseBranches(String name, int count, int blocked) {
        var model = OnnxReader.read(path(name));
        var branches = Branches.of(model);
        assertThat(branches.list()).hasSize(count);
        assertThat(branches.blocked()).hasSize(blocked);
        var reference = reference(model, shortTexts(model));
        assertLaw(model, branches.list(), reference);
        var some = IntStream.range(0, count)
                .filter(i -> i % 3 == 1)
                .mapToObj(branches.list()::get)
                .toList();
        assertLaw(model, some, reference);
        var once = Depth.drop(model, some);
        assertThat(Branches.of(once).list()).hasSize(count - some.size());
    }

    private static Path path(String name) {
        return switch (name) {
            case "resnet20", "efficientnet_lite0" -> TestData.shared("models/" + name + ".onnx");
            case "minilm", "smollm2" -> TestData.data(name + "/model.onnx");
            default -> TestData.data("ppocr/" + name + ".onnx");
        };
    }

    @Test
    void gatesOfTheDetectorCanOnlyBeDropped() {
        var model = OnnxReader.read(TestData.data("ppocr/ch_PP-OCRv4_det_infer.onnx"));
        var branches = Branches.of(model).list();
        assertThat(branches).hasSize(8).noneMatch(branch -> Depth.maskable(model, branch));
        var reference = reference(model, Map.of("x", List.of(1L, 3L, 64L, 64L)));
        var outputs = run(Depth.drop(model, branches), reference.inputs());
        assertThat(outputs).hasSameSizeAs(reference.outputs()).isNotEqualTo(reference.outputs());
        assertThat(Arrays.stream(outputs)).allMatch(Double::isFinite);
    }

    /** Each of these ends a branch in another way. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "f = Conv(x, w, b) pads=[1,1,1,1]",
                "c = Conv(x, w) pads=[1,1,1,1]\nf = BatchNormalization(c, b, d, d, v)",
                "c = Conv(x, w, b) pads=[1,1,1,1]\nf = Mul(c, s)",
                "c = Conv(x, w) pads=[1,1,1,1]\nf = Add(s, c)",
                "c = Conv(x, w) pads=[1,1,1,1]\nd1 = Conv(x, w, d) pads=[1,1,1,1]\nf = Sub(c, d1)",
                "c = Conv(x, w) pads=[1,1,1,1]\nh = Sigmoid(c)\nf = Mul(c, h)",
                "c = Conv(x, w) pads=[1,1,1,1]\nh = Sigmoid(c)\nf = Mul(h, s)",
                "c = Conv(x, w, b) pads=[1,1,1,1]\n"
                        + "t = Transpose(c) perm=[0,2,1,3]\n"
                        + "u = Relu(t)\n"
                        + "f = Transpose(u) perm=[0,2,1,3]",
                "i = Identity(w)\nc = Conv(x, i, b) pads=[1,1,1,1]\nf = InstanceNormalization(c, v, b)",
                "c = Conv(x, w, b) pads=[1,1,1,1]\nf = MatMul(c, q)",
                "c = Conv(x, w, b) pads=[1,1,1,1]\na = Atan(c)\nf = ThresholdedRelu(a)"
            })
    void everyEndOfABranchCanBeMadeZero(String branch) {
        for (var kept : List.of("k = Relu(y)", "k = Conv(y, w, b) pads=[1,1,1,1]")) {
            var model = Dsl.model("""
                input x float[n,4,6,6]
                const w float[4,4,3,3] seed 1
                const b float[4] seed 2
                const d float[4] seed 3
                const v float[4] = 1.5 0.5 2.0 1.0
                const s float[1,4,1,1] seed 4
                const q float[6,6] seed 5
                %s
                y = Add(x, f)
                %s
                output k
                """.formatted(branch, kept));
            var branches = Branches.of(model);
            assertThat(branches.list()).hasSize(1);
            assertLaw(model, branches.list(), Map.of("x", List.of(2L, 4L, 6L, 6L)));
        }
    }

    @Test
    void aWeightThatTwoBranchesShareIsOnlyZeroForTheOneThatIsMasked() {
        var text = """
            input x float[2,4]
            %s
            f = MatMul(x, w)
            y = Add(x, f)
            g = MatMul(y, w)
            z = Add(y, g)
            output z
            """;
        for (var model : List.of(
                Dsl.model(text.formatted("const w float[4,4] seed 1")),
                Dsl.model(text.formatted("w = Constant() value=float[2,2]{1,2,3,4}")
                        .replace("2,4]", "2,2]")))) {
            var branches = Branches.of(model).list();
            assertThat(branches).hasSize(2);
            assertThat(branches.stream().map(Branch::name).distinct()).hasSize(2);
            assertLaw(model, branches.subList(0, 1), Map.of());
            assertLaw(model, branches.subList(1, 2), Map.of());
            assertLaw(model, branches, Map.of());
        }
    }

    @Test
    void whatABodyReadsFromOutsideStaysThere() {
        var model = Dsl.model("""
            input x float[2,4]
            input c bool[]
            const w float[4,4] seed 1
            f = MatMul(x, w)
            y = Add(x, f)
            z = If(c) then_branch={
              p = Relu(y)
              output p float[2,4]
            } else_branch={
              q = Neg(y)
              output q float[2,4]
            }
            output z float[2,4]
            """);
        assertLaw(model, Branches.of(model).list(), Map.of());
    }
}
