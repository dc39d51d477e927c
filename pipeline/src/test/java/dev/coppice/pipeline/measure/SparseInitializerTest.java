package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.testing.Dsl;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A weight [4,6] stored as the 5 of its 24 elements that are not zero counts as the same weight stored densely. */
class SparseInitializerTest {

    private static final Map<String, List<Long>> SHAPES = Map.of("x", List.of(3L, 4L));

    private static final String DENSE = """
        input x float[3,4]
        const w float[4,6] fill 0.0
        y = MatMul(x, w)
        output y float[3,6]
        """;

    @Test
    void itsZerosAreParameters() {
        var totals = new WeightCounts(Parallel.ONE).of(sparse());
        assertThat(totals.parameters()).isEqualTo(24);
        assertThat(totals.nonZeros()).isEqualTo(5);
    }

    @Test
    void itsMacsAreThoseOfTheDenseWeightAndItsEffectiveOnesThoseOfWhatIsStored() {
        var cost = CostAccount.of(sparse(), SHAPES, new WeightCounts(Parallel.ONE));
        assertThat(cost.macs()).isEqualTo(3 * 4 * 6);
        assertThat(cost.effectiveMacs()).isEqualTo(3 * 5);
        assertThat(cost.uncounted()).isEmpty();
    }

    /** An element that is stored and zero is still a zero. */
    @Test
    void storedZerosAreZeros() {
        assertThat(new WeightCounts(Parallel.ONE).of(sparse(1, 0, 2, 0, 3)).nonZeros())
                .isEqualTo(3);
        assertThat(CostAccount.of(sparse(1, 0, 2, 0, 3), SHAPES, new WeightCounts(Parallel.ONE))
                        .effectiveMacs())
                .isEqualTo(3 * 3);
    }

    private static Model sparse() {
        return sparse(1, 2, 3, 4, 5);
    }

    private static Model sparse(float... values) {
        var model = Dsl.model(DENSE);
        var graph = model.graph();
        var stored = new SparseTensor(
                Tensor.of("w", DType.FLOAT, List.of(5L), bytes(MemorySegment.ofArray(values))),
                Tensor.of("", DType.INT64, List.of(5L), bytes(MemorySegment.ofArray(new long[] {0, 7, 11, 13, 23}))),
                List.of(4L, 6L),
                Carried.NOTHING);
        return model.withGraph(graph.withInitializers(List.of()).withSparseInitializers(List.of(stored)));
    }

    private static TensorData bytes(MemorySegment segment) {
        return new TensorData.Bytes(segment);
    }
}
