package dev.coppice.prune.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.layer.UnitGrid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatternTest {

    @ParameterizedTest
    @ValueSource(strings = {"unstructured", "row", "column", "block:2x1", "block:32x16", "2:4", "1:16"})
    void whatIsPrintedIsRead(String text) {
        assertThat(Pattern.parse(text).label()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "rows",
                "block:0x1",
                "block:2",
                "block:2x-1",
                "4:2",
                "2:2",
                "0:4",
                "2:",
                "block:9999999999x1",
                "Row"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> Pattern.parse(text)).isInstanceOf(UsageException.class);
    }

    @Test
    void nOfMSaysBothWhatItPrunesAndWhatItKeeps() {
        assertThat(Pattern.parse("2:4").describe()).isEqualTo("2:4, prunes 2 keeps 2");
        assertThat(Pattern.parse("1:8").describe()).isEqualTo("1:8, prunes 1 keeps 7");
    }

    @Test
    void theTailOfARowKeepsAsManyAsAWholeGroup() {
        var pattern = new Pattern.NofM(3, 4);
        assertThat(pattern.prunedOf(3)).isEqualTo(2);
        assertThat(pattern.prunedOf(1)).isZero();
        assertThat(pattern.prunedOfRun(11)).isEqualTo(3 + 3 + 2);
    }

    @Test
    void unitsAtTheEdgesAreSmaller() {
        var grid = new UnitGrid(5, 7, 2, 3);
        assertThat(grid.units()).isEqualTo(9);
        assertThat(grid.size(0)).isEqualTo(6);
        assertThat(grid.size(2)).isEqualTo(2);
        assertThat(grid.size(8)).isEqualTo(1);
        assertThat(grid.isEven()).isFalse();
        assertThat(new UnitGrid(4, 6, 2, 3).isEven()).isTrue();
    }
}
