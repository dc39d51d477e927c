package dev.coppice.pipeline.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;

class OddWidthsTest {

    private static Model model(int first, int second) {
        return Dsl.model("""
                input x float[1,3,8,8]
                const w float[%1$d,3,3,3] seed 1
                const v float[%2$d,%1$d,1,1] seed 2
                h = Conv(x, w)
                y = Conv(h, v)
                output y
                """.formatted(first, second));
    }

    @Test
    void widthsThatACutHasMadeOddAreCounted() {
        assertThat(OddWidths.note(model(16, 32), model(13, 20)))
                .hasValueSatisfying(
                        note -> assertThat(note).startsWith("2 convolutions").contains("--round-to 16"));
        assertThat(OddWidths.note(model(16, 32), model(8, 20)))
                .hasValueSatisfying(note -> assertThat(note).startsWith("1 conv"));
    }

    @Test
    void whatWasOddBeforeOrStaysRoundIsNotMentioned() {
        assertThat(OddWidths.note(model(16, 32), model(8, 24))).isEmpty();
        assertThat(OddWidths.note(model(10, 6), model(7, 5))).isEmpty();
    }
}
