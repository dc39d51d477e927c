package dev.coppice.ir;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EditDistanceTest {

    @ParameterizedTest
    @CsvSource({"kitten, sitting, 3", "abc, abc, 0", "abc, '', 3", "'', ab, 2", "flaw, lawn, 2"})
    void theDistanceIsTheFewestEdits(String from, String to, int edits) {
        assertThat(EditDistance.of(from, to)).isEqualTo(edits);
        assertThat(EditDistance.of(to, from)).isEqualTo(edits);
    }

    @Test
    void sequencesAreComparedByTheirElements() {
        assertThat(EditDistance.of(List.of(1000, 2, 3), List.of(1000, 3, 4))).isEqualTo(2);
    }
}
