package dev.coppice.prune.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnitSlicesTest {

    private static final Rule L1 = Rule.of(Criteria.named("l1"), 0);

    private static Tensor numbered(String name, int size) {
        var bytes = MemorySegment.ofArray(new byte[size * Float.BYTES]);
        var layout = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            bytes.set(layout, (long) i * Float.BYTES, i);
        }
        return Tensor.of(name, DType.FLOAT, List.of((long) size), new TensorData.Bytes(bytes));
    }

    /** Larger than what is read at a time, and no multiple of it. */
    @Test
    void allWeightsOfAllTensorsAreOneUnit() {
        int first = 200_001;
        int second = 70_000;
        double sum = first * (first - 1.0) / 2 + second * (second - 1.0) / 2;
        var score = UnitSlices.ofTensors("b", List.of(numbered("v", first), numbered("w", second)), L1);
        assertThat(score).isCloseTo(sum / (first + second), within(1e-6));
    }

    @Test
    void moreWeightsThanAnArrayHoldsAreRefusedBeforeTheyAreRead() {
        var huge = Tensor.of("w", DType.FLOAT, List.of(1L << 31), new TensorData.Bytes(MemorySegment.NULL));
        assertThatThrownBy(() -> UnitSlices.ofTensors("branch", List.of(huge), L1))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("branch has 2,147,483,648 weights");
    }
}
