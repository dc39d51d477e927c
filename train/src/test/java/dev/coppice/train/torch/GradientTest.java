package dev.coppice.train.torch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.testing.Dsl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the gradients of every differentiable operator against central finite differences in float64. */
class GradientTest {

    /** Truncation is h^2 f'''/6 and rounding 1e-16 |L| / h: with this step both are far below the bound. */
    private static final double STEP = 1e-5;

    /** Relative to the largest derivative, at least 1. */
    private static final double BOUND = 1e-6;

    @BeforeAll
    static void load() {
        Libtorch.use(1);
    }

    @Test
    void gradientsAgreeWithFiniteDifferences() throws IOException {
        var wrong = new ArrayList<String>();
        for (var one : OperatorCase.of("gradients.txt")) {
            var difference = difference(one);
            if (difference != null) {
                wrong.add(one.graph() + ": " + difference);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyOperatorIsEitherHeldOrSaidToHaveNoGradient() throws IOException {
        var held = new TreeSet<String>();
        OperatorCase.of("gradients.txt").forEach(one -> held.add(one.operator()));
        var exempt = OperatorCase.withoutGradient();
        assertThat(exempt).doesNotContainAnyElementsOf(held);
        held.addAll(exempt);
        assertThat(held).isEqualTo(Lowerings.operators());
    }

    /** In float32, images that are convolved have their channels innermost in memory; in float64, as above, they do not. */
    @Test
    void layoutsInMemoryDoNotChangeGradients() {
        var model = Dsl.model("""
            input x float[2,1,9,8]
            input w1 float[4,1,3,3]
            input w2 float[4,1,3,3]
            input w3 float[6,4,1,1]
            input w4 float[6,2,2,2]
            const shape int64[2] = 2 -1
            c1 = Conv(x, w1) pads=[1,1,1,1]
            c2 = Conv(c1, w2) group=4 pads=[0,1,2,1] strides=[2,1]
            m2 = MaxPool(c2) kernel_shape=[2,2] strides=[1,2]
            c3 = Conv(m2, w3)
            s3 = Sigmoid(c3)
            c4 = ConvTranspose(s3, w4) strides=[1,2]
            y = Reshape(c4, shape)
            output y float
            """);
        torch.manual_seed(1);
        try (var _ = new Scope();
                var narrow = TorchGraph.of(model, List.of("y"), Map.of(), Precision.FLOAT32);
                var wide = TorchGraph.of(model, List.of("y"), Map.of(), Precision.FLOAT64)) {
            var given = new LinkedHashMap<String, Tensor>();
            var same = new LinkedHashMap<String, Tensor>();
            for (var input : model.graph().inputs()) {
                var value = torch.randn(requireNonNull(input.shape()).sizes());
                same.put(input.name(), value.to(ScalarType.Double).requires_grad_(true));
                given.put(input.name(), value.requires_grad_(true));
            }
            loss(narrow, given).backward();
            loss(wide, same).backward();
            given.forEach((name, value) -> {
                var gradient = Tolerances.doubles(Tensors.toHost("", value.grad()));
                var expected = Tolerances.doubles(
                        Tensors.toHost("", requireNonNull(same.get(name)).grad()));
                double scale = Tolerances.scale(expected);
                assertThat(scale).as(name).isGreaterThan(0.1);
                assertThat(Tolerances.difference(gradient, expected, Tolerances.bound(DType.FLOAT, scale, 1000)))
                        .as(name)
                        .isNull();
            });
        }
    }

    /** Returns where a gradient differs from the finite difference, or null. */
    private static @Nullable String difference(OperatorCase one) {
        var model = one.model();
        try (var _ = new Scope();
                var compiled = TorchGraph.of(model, TorchGraph.outputNames(model), Map.of(), Precision.FLOAT64)) {
            var given = one.values();
            given.values().forEach(value -> value.requires_grad_(true));
            var loss = loss(compiled, given);
            loss.backward();
            double largest = 0;
            for (var input : given.entrySet()) {
                var gradient =
                        Tolerances.doubles(Tensors.toHost("", input.getValue().grad()));
                var expected = differences(compiled, given, input.getValue());
                double scale = Tolerances.scale(expected);
                largest = Math.max(largest, scale);
                var wrong = Tolerances.difference(gradient, expected, BOUND * Math.max(1, scale));
                if (wrong != null) {
                    return "the gradient of " + input.getKey() + ", " + wrong;
                }
            }
            return largest > 1e-3 ? null : "all gradients are zero";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** Weighs all elements of all floating-point outputs differently, so that no error cancels. */
    private static Tensor loss(TorchGraph graph, Map<String, Tensor> given) {
        Tensor loss = null;
        double phase = 0.3;
        for (var output : graph.run(given, false).values()) {
            if (!output.is_floating_point()) {
                continue;
            }
            var weights = new double[Math.toIntExact(output.numel())];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = Math.sin(phase + 1.7 * i);
            }
            phase += 1;
            var share =
                    output.flatten().to(ScalarType.Double).dot(Tensors.of(weights, ScalarType.Double, weights.length));
            loss = loss == null ? share : loss.add(share);
        }
        return requireNonNull(loss);
    }

    private static double[] differences(TorchGraph graph, Map<String, Tensor> given, Tensor input) {
        try (var _ = new NoGradGuard()) {
            var flat = input.detach().view(-1);
            var slopes = new double[Math.toIntExact(input.numel())];
            for (int i = 0; i < slopes.length; i++) {
                slopes[i] = (at(graph, given, flat.select(0, i), STEP) - at(graph, given, flat.select(0, i), -STEP))
                        / (2 * STEP);
            }
            return slopes;
        }
    }

    /** Returns the loss with one element moved. */
    private static double at(TorchGraph graph, Map<String, Tensor> given, Tensor element, double step) {
        try (var _ = new Scope()) {
            double before = element.item_double();
            element.fill_(new org.bytedeco.pytorch.Scalar(before + step));
            double loss = loss(graph, given).item_double();
            element.fill_(new org.bytedeco.pytorch.Scalar(before));
            return loss;
        }
    }
}
