package dev.coppice.prune.dead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;

class DeadWeightsTest {

    private static double[] constant(Model model, String name) {
        return Stored.values(stored(model, name));
    }

    private static Tensor stored(Model model, String name) {
        return model.graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void threadsDoNotChangeWhatIsDead() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 2 3  4 5 6
            const v float[3,3] = 1 2 3  0 0 0  3 4 5
            const u float[3,2] = 1 2  0 0  3 4
            h = MatMul(x, w)
            r = MatMul(h, v)
            y = MatMul(r, u)
            output y
            """);
        assertThat(DeadWeights.ineffective(model, new FullConstants(), new Parallel(3)))
                .isEqualTo(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isEqualTo(4);
        var one = DeadWeights.eliminate(model, Parallel.ONE);
        var three = DeadWeights.eliminate(model, new Parallel(3));
        assertThat(three.removed()).isEqualTo(one.removed()).hasSize(2);
        assertThat(constant(three.model(), "v")).isEqualTo(constant(one.model(), "v"));
    }

    @Test
    void aNeuronThatNothingReadsGoes() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 2 3  4 5 6
            const b float[3] = 7 8 9
            const v float[3,2] = 1 2  0 0  3 4
            h = Gemm(x, w, b)
            r = Relu(h)
            y = MatMul(r, v)
            output y
            """);
        // Two weights and a bias feed the second neuron.
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isEqualTo(3);
        var result = DeadWeights.eliminate(model, Parallel.ONE);
        assertThat(constant(result.model(), "w")).containsExactly(1, 3, 4, 6);
        assertThat(constant(result.model(), "b")).containsExactly(7, 9);
        assertThat(constant(result.model(), "v")).containsExactly(1, 2, 3, 4);
        assertThat(result.removed()).singleElement().satisfies(removed -> {
            assertThat(removed.name()).isEqualTo("w");
            assertThat(removed.before()).isEqualTo(3);
            assertThat(removed.after()).isEqualTo(2);
        });
    }

    @Test
    void aConstantNeuronBecomesABias() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 0 3  4 0 6
            const b float[3] = 7 8 9
            const v float[3,2] = 1 2  10 20  3 4
            const c float[2] = 0.5 0.25
            h = Gemm(x, w, b)
            r = Relu(h)
            y = Gemm(r, v, c)
            output y
            """);
        // A constant other than zero still influences the output.
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isZero();
        var result = DeadWeights.eliminate(model, Parallel.ONE).model();
        assertThat(constant(result, "v")).containsExactly(1, 2, 3, 4);
        assertThat(constant(result, "c")).containsExactly(80.5, 160.25);
    }

    @Test
    void aNeuronThatIsAlwaysZeroLeavesNothing() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 0 3  4 0 6
            const b float[3] = 7 -8 9
            const v float[3,2] = 1 2  10 20  3 4
            h = Gemm(x, w, b)
            r = Relu(h)
            y = MatMul(r, v)
            output y
            """);
        // What reads it, and its bias.
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isEqualTo(3);
        var result = DeadWeights.eliminate(model, Parallel.ONE).model();
        assertThat(constant(result, "v")).containsExactly(1, 2, 3, 4);
        assertThat(result.graph().nodes()).hasSize(3);
    }

    @Test
    void deathSpreadsThroughLayers() {
        // The middle neuron of k is not read, and the first of h is read by it alone.
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,2] = 1 2  3 4
            const v float[2,3] = 0 5 0  6 7 8
            const u float[3,2] = 1 2  0 0  3 4
            h = MatMul(x, w)
            k = MatMul(h, v)
            y = MatMul(k, u)
            output y
            """);
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isEqualTo(4);
        var result = DeadWeights.eliminate(model, Parallel.ONE).model();
        assertThat(constant(result, "w")).containsExactly(2, 4);
        assertThat(constant(result, "v")).containsExactly(6, 8);
    }

    @Test
    void atAPaddedBorderOnlyZerosGo() {
        var text = """
            input x float[1,1,4,4]
            const w float[2,1,1,1] = 1 0
            const b float[2] = 3 %s
            const v float[2,2,3,3] seed 1
            h = Conv(x, w, b)
            r = Relu(h)
            y = Conv(r, v) pads=[%s]
            output y
            """;
        assertThat(DeadWeights.eliminate(Dsl.model(text.formatted("2.0", "1,1,1,1")), Parallel.ONE)
                        .removed())
                .isEmpty();
        assertThat(DeadWeights.eliminate(Dsl.model(text.formatted("-2.0", "1,1,1,1")), Parallel.ONE)
                        .removed())
                .hasSize(1);
        assertThat(DeadWeights.eliminate(Dsl.model(text.formatted("2.0", "0,0,0,0")), Parallel.ONE)
                        .removed())
                .hasSize(1);
    }

    @Test
    void aScaleOfZeroLeavesTheShift() {
        var model = Dsl.model("""
            input x float[1,2,4,4]
            const w float[2,2,1,1] = 1 2 3 4
            const s float[2] = 0 1
            const t float[2] = 2 5
            const m float[2] = 1 1
            const q float[2] = 1 1
            const v float[1,2,1,1] = 3 4
            h = Conv(x, w)
            n = BatchNormalization(h, s, t, m, q)
            y = Conv(n, v)
            output y
            """);
        var result = DeadWeights.eliminate(model, Parallel.ONE).model();
        assertThat(constant(result, "w")).containsExactly(3, 4);
        assertThat(constant(result, "v")).containsExactly(4);
        assertThat(result.graph().nodes().getLast().inputs()).hasSize(3);
        assertThat(constant(result, result.graph().nodes().getLast().input(2))).containsExactly(6);
    }

    @Test
    void whatASecondBranchAddsKeepsAChannelAlive() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,2] = 1 0  2 0
            const v float[2,2] = 1 2  3 4
            const u float[2,1] = 1 2
            a = MatMul(x, w)
            b = MatMul(x, v)
            s = Add(a, b)
            y = MatMul(s, u)
            output y
            """);
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isZero();
        assertThat(DeadWeights.eliminate(model, Parallel.ONE).removed()).isEmpty();
    }

    @Test
    void whatIsNormalisedOverStays() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] = 1 2 3  4 5 6
            const g float[3] = 1 1 1
            const v float[3,2] = 1 2  0 0  3 4
            h = MatMul(x, w)
            n = LayerNormalization(h, g)
            y = MatMul(n, v)
            output y
            """);
        assertThat(DeadWeights.ineffective(model, new FullConstants(), Parallel.ONE))
                .isZero();
        assertThat(DeadWeights.eliminate(model, Parallel.ONE).removed()).isEmpty();
    }

    @Test
    void anEmptyLayerKeepsOneNeuron() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] fill 0.0
            const b float[3] = 1 2 3
            const v float[3,2] = 1 2  3 4  5 6
            h = Gemm(x, w, b)
            y = MatMul(h, v)
            output y
            """);
        var result = DeadWeights.eliminate(model, Parallel.ONE);
        assertThat(stored(result.model(), "w").dims()).containsExactly(2L, 1L);
        assertThat(result.removed())
                .singleElement()
                .satisfies(removed -> assertThat(removed.after()).isEqualTo(1));
    }

    @Test
    void aModelWithoutEmptyChannelsIsReturnedAsItIs() {
        var model = Dsl.model("""
            input x float[N,2]
            const w float[2,3] seed 1
            const v float[3,2] seed 2
            h = MatMul(x, w)
            y = MatMul(h, v)
            output y
            """);
        assertThat(DeadWeights.eliminate(model, Parallel.ONE).model()).isSameAs(model);
    }

    @Test
    void theErrorFunctionIsRight() {
        // Abramowitz and Stegun 1964, table 7.1.
        assertThat(ElementwiseConstants.erf(0.5)).isCloseTo(0.5204998778, within(1e-10));
        assertThat(ElementwiseConstants.erf(-2)).isCloseTo(-0.9953222650, within(1e-10));
        assertThat(ElementwiseConstants.erf(7)).isEqualTo(1);
    }
}
