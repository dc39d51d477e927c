package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Libtorch reads the model's bytes in place: they have to live as long as the graph. */
class LifetimeTest {

    private static MemorySegment memory() {
        var bytes = Arena.ofAuto().allocate(12, 8);
        for (int i = 0; i < 3; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, i + 1);
        }
        return bytes;
    }

    private static Model over(MemorySegment bytes) {
        return Dsl.model("""
            input x float[3]
            const c float[3] = 0.0 0.0 0.0
            y = Add(x, c)
            output y float[3]
            """).mapTensors(tensor -> tensor.withData(new TensorData.Bytes(bytes)));
    }

    @Test
    void aGraphKeepsTheMemoryOfTheConstantsThatItReads() throws InterruptedException {
        Libtorch.use(1);
        var bytes = memory();
        // Freed with its scope; tensors and slices of the segment hold the scope, too.
        var alive = new WeakReference<>(bytes.scope());
        var model = over(bytes);
        bytes = null;
        try (var graph = TorchGraph.of(model)) {
            model = null;
            for (int i = 0; i < 5; i++) {
                System.gc();
                Thread.sleep(20);
            }
            assertThat(alive.get()).isNotNull();
            try (var _ = new Scope()) {
                var x = Tensor.of("x", DType.FLOAT, List.of(3L), new TensorData.Bytes(memory()));
                var y = graph.run(Map.of("x", Tensors.copy(x, Precision.FLOAT32)), false)
                        .get("y");
                assertThat(Tensors.doubles(y)).containsExactly(2, 4, 6);
            }
        }
    }
}
