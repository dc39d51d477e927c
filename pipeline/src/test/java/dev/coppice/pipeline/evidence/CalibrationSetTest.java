package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.DataOptions;
import dev.coppice.pipeline.data.DataSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class CalibrationSetTest {

    private final List<Batches> opened = new ArrayList<>();

    private Supplier<Batches> digits() {
        var inputs = Dsl.model("input x float[batch,1,8,8]\ny = Relu(x)\noutput y")
                .graph()
                .inputs();
        return () -> {
            var source = Batches.open(
                    DataSpec.parse("digits"), DataOptions.defaults().withLimit(70), inputs, 16);
            opened.add(source);
            return source;
        };
    }

    private static List<float[]> values(Iterable<Batch> batches) {
        var all = new ArrayList<float[]>();
        batches.forEach(batch -> all.add(batch.inputs().get("x").toFloats()));
        return all;
    }

    @Test
    void whatIsReadAgainIsWhatWasReadBefore() {
        var kept = CalibrationSet.read(digits(), Long.MAX_VALUE);
        var reread = CalibrationSet.read(digits(), 0);
        assertThat(reread.batches()).hasSize(5).hasSameSizeAs(kept.batches());
        for (int pass = 0; pass < 2; pass++) {
            assertThat(values(reread.batches())).usingRecursiveComparison().isEqualTo(values(kept.batches()));
        }
        assertThat(opened).as("once kept, once counted, twice gone through").hasSize(4);
    }

    @Test
    void batchesCanBeAskedForInAnyOrder() {
        var kept = CalibrationSet.read(digits(), Long.MAX_VALUE).batches();
        var reread = CalibrationSet.read(digits(), 0).batches();
        for (int i : new int[] {3, 1, 1, 4, 0}) {
            assertThat(values(List.of(reread.get(i))))
                    .usingRecursiveComparison()
                    .isEqualTo(values(List.of(kept.get(i))));
        }
    }
}
