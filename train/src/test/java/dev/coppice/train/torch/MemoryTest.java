package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Measures the resident set of the process, which is what a leak of native memory fills. One leaked activation a step (256 KiB) would add
 * 250 MiB, the JVM's own heap moves by some tens.
 */
class MemoryTest {

    private static final int STEPS = 1_000;
    private static final long MEBIBYTE = 1 << 20;

    @BeforeAll
    static void load() {
        Libtorch.use(1);
    }

    @Test
    void aThousandStepsGrowByNothing() {
        var model = Dsl.model("""
            input x float[1024,64]
            const w float[64,64] seed 1
            const scale float[64] fill 1
            const shift float[64] fill 0
            const keep int64[1] = -1
            h = MatMul(x, w)
            n = LayerNormalization(h, scale, shift)
            a = Relu(n)
            s = Sigmoid(a)
            p = Mul(a, s)
            y = ReduceSum(p) keepdims=0
            output y float
            """);
        try (var scope = new Scope();
                var weight = scope.out(torch.randn(64, 64).requires_grad_(true));
                var graph = TorchGraph.of(model, List.of("y"), Map.of("w", weight), Precision.FLOAT32)) {
            var x = torch.randn(1024, 64);
            assertThat(grown(() -> step(graph, x, weight))).isLessThan(100 * MEBIBYTE);
        }
    }

    private static void step(TorchGraph graph, Tensor x, Tensor weight) {
        try (var _ = new Scope()) {
            graph.run(Map.of("x", x), true).get("y").backward();
            weight.mutable_grad().zero_();
        }
    }

    @Test
    void aRefusedRunLeavesNothingBehind() {
        var model = Dsl.model("""
            input x float[1024,64]
            const odd int64[1] = 7
            a = Relu(x)
            b = Sigmoid(a)
            c = Mul(a, b)
            y = Reshape(c, odd)
            output y float
            """);
        try (var _ = new Scope();
                var graph = TorchGraph.of(model)) {
            var x = torch.randn(1024, 64);
            assertThat(grown(() -> {
                        try (var _ = new Scope()) {
                            assertThatThrownBy(() -> graph.run(Map.of("x", x), false))
                                    .isInstanceOf(BadModelException.class)
                                    .hasMessageContaining("Reshape");
                        }
                    }))
                    .isLessThan(100 * MEBIBYTE);
        }
    }

    /** Returns how many bytes the resident set grows by in a thousand steps after a hundred to settle. */
    private static long grown(Runnable step) {
        for (int i = 0; i < STEPS / 10; i++) {
            step.run();
        }
        long before = Pointer.physicalBytes();
        for (int i = 0; i < STEPS; i++) {
            step.run();
        }
        return Pointer.physicalBytes() - before;
    }
}
