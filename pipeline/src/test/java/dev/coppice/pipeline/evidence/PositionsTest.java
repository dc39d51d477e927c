package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PositionsTest {

    @Test
    void paddingIsLeftOutWhereverPositionsAre() {
        var ids = HostTensor.ofLongs(new long[6], 2, 3);
        var batch = new Batch(Map.of("ids", ids), 2, List.of(), List.of(1, 3), List.of());
        var shapes = List.of(
                List.of(2L, 3L, 5L),
                List.of(2L, 4L, 3L, 5L),
                List.of(3L, 2L, 5L),
                List.of(6L, 5L),
                List.of(8L, 3L, 5L));
        for (var dims : shapes) {
            var positions = Positions.of(batch, dims);
            int size = Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
            int counted = 0;
            for (int i = 0; i < size; i++) {
                counted += positions.counts(i) ? 1 : 0;
            }
            // 4 of 6 positions are no padding.
            assertThat(counted).as(dims.toString()).isEqualTo(size * 4 / 6);
        }
        assertThat(Positions.of(batch, List.of(3L, 2L, 5L)).counts(0)).isTrue();
        assertThat(Positions.of(batch, List.of(3L, 2L, 5L)).counts(10)).isFalse();
        assertThat(Positions.of(batch, List.of(6L, 5L)).counts(5)).isFalse();
        assertThat(Positions.of(batch, List.of(6L, 5L)).counts(15)).isTrue();
    }
}
