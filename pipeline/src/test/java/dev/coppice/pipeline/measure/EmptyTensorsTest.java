package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.testing.Dsl;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class EmptyTensorsTest {

    private static final int TENSORS = 3_000;

    @Test
    void countingASmallTensorTakesLittleMemory() {
        var text = new StringBuilder("const w float[2] = 1 0\noutput w\n");
        for (int i = 0; i < TENSORS; i++) {
            text.append("const e").append(i).append(" float[0] fill 0.0\n");
        }
        var model = Dsl.model(text.toString());
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getTotalThreadAllocatedBytes();
        var totals = new WeightCounts(Parallel.ONE).of(model);
        assertThat(totals.parameters()).isEqualTo(2);
        assertThat((threads.getTotalThreadAllocatedBytes() - before) / TENSORS)
                .as("bytes for each tensor; a buffer of full size takes 256 kB")
                .isLessThan(32 << 10);
    }
}
