package dev.coppice.runtime.ort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.coppice.ir.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class HostTensorTest {

    @Test
    void floatsComeBackUnchanged() {
        var tensor = HostTensor.ofFloats(new float[] {1, -2.5f, Float.NaN, 4}, 2, 2);
        assertThat(tensor.toFloats()).containsExactly(1, -2.5f, Float.NaN, 4);
        assertThat(tensor.dims()).containsExactly(2L, 2L);
        assertThat(tensor.buffer().isDirect()).isTrue();
    }

    @Test
    void halfPrecisionRoundsToNearest() {
        var tensor = HostTensor.ofFloats(DType.FLOAT16, new float[] {1, 1 + 0x1p-12f, 70000}, 3);
        assertThat(tensor.toFloats()).containsExactly(1, 1, Float.POSITIVE_INFINITY);
    }

    @Test
    void unsignedIntegersAreRead() {
        var bytes = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(0, -1L);
        assertThat(HostTensor.wrap(DType.UINT64, bytes.duplicate(), 1).toDoubles())
                .containsExactly(0x1p64);
        assertThat(HostTensor.wrap(DType.UINT32, bytes.duplicate(), 2).toDoubles())
                .containsExactly(4294967295.0, 4294967295.0);
        assertThat(HostTensor.wrap(DType.UINT8, bytes.duplicate(), 8).toFloats())
                .containsOnly(255);
        assertThat(HostTensor.wrap(DType.INT8, bytes.duplicate(), 8).toFloats()).containsOnly(-1);
    }

    @Test
    void aScalarHasOneElement() {
        assertThat(HostTensor.ofLongs(new long[] {7}).toDoubles()).containsExactly(7);
    }

    @Test
    void theElementsMustFillTheShape() {
        assertThatIllegalArgumentException().isThrownBy(() -> HostTensor.ofFloats(new float[3], 2, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> HostTensor.wrap(DType.INT32, ByteBuffer.allocate(7), 2));
    }

    @Test
    void stringsAndMoreThanTwoGibibytesAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> HostTensor.allocate(DType.STRING, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> HostTensor.allocate(DType.INT64, 1 << 29));
    }
}
