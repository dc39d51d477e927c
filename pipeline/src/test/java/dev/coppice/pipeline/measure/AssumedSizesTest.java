package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sizes that nobody gave are tried until the model takes them, or the user is told how to give them. */
class AssumedSizesTest {

    private static final String POSITIONS = """
            input ids int64[n,t]
            const e float[50,8] seed 1
            const p float[1,%d,8] seed 2
            const w float[8,4] seed 3
            g = Gather(e, ids)
            a = Add(g, p)
            y = MatMul(a, w)
            output y
            """;

    @ParameterizedTest
    @CsvSource({"default-128-tokens,input_ids,1x77", "squeeze-all-max-macs,x,2x3x8x8"})
    void theCasesAreCountedAtSizesThatTheyTake(String name, String input, String sizes) {
        var model = OnnxReader.read(TestData.shared("cases/surgery/" + name + ".onnx"));

        var shape = CostAccount.customarySizes(model, Map.of()).inputShapes().get(input);

        assertThat(String.join("x", shape.stream().map(String::valueOf).toList()))
                .isEqualTo(sizes);
    }

    @ParameterizedTest
    @CsvSource({"128", "77", "20", "2"})
    void aSequenceIsAsLongAsTheTableOfPositions(int positions) {
        var model = Dsl.model(POSITIONS.formatted(positions));

        assertThat(CostAccount.customarySizes(model, Map.of()).inputShapes())
                .containsEntry("ids", List.of(1L, (long) positions));
    }

    @Test
    void theHintSaysHowToGiveSizesThatNothingTells() {
        var model = Dsl.model(POSITIONS.formatted(300));

        assertThatThrownBy(() -> CostAccount.customarySizes(model, Map.of()))
                .isInstanceOfSatisfying(
                        BadModelException.class,
                        e -> assertThat(e.hint()).contains("--shape NAME=SIZES", "--shape ids=1x128"));
    }

    @Test
    void givenSizesAreNotReplaced() {
        var model = Dsl.model(POSITIONS.formatted(77));

        assertThatThrownBy(() -> CostAccount.customarySizes(model, Map.of("ids", List.of(1L, 30L))))
                .isInstanceOfSatisfying(
                        BadModelException.class, e -> assertThat(e.hint()).doesNotContain("--shape NAME"));
    }
}
