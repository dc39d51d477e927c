package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeSet;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
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
            var share = output.flatten().dot(Tensors.of(weights, ScalarType.Double, weights.length));
            loss = loss == null ? share : loss.add(share);
        }
        return java.util.Objects.requireNonNull(loss);
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
