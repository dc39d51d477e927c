package dev.coppice.bench.ocr;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ErrorRateTest {

    @TempDir
    private Path folder;

    @Test
    void editsAreSharedAmongAllCharactersAndNotAveragedOverLines() {
        var rate = ErrorRate.of(List.of("a b", "0123456"), List.of("ab", "0123456"));
        assertThat(rate.characters()).isEqualTo(1 / 10.0, within(1e-15));
        assertThat(rate.withoutSpaces()).isZero();
        assertThat(rate.lines()).isEqualTo(0.5);
    }

    @Test
    void repetitionsCountOnceUnlessABlankParts() throws IOException {
        var decoder = new CtcDecoder(Files.writeString(folder.resolve("keys"), "x\ny\n"));
        // blank, x, y, space; a line of nothing but blanks before the one to be read
        int[] path = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 3, 2, 2, 0};
        var scores = new float[path.length * decoder.classes()];
        for (int i = 0; i < path.length; i++) {
            scores[i * decoder.classes() + path[i]] = 0.5f;
        }
        assertThat(decoder.decode(scores, 1, 8)).isEqualTo("xx y");
        assertThat(decoder.decode(scores, 0, 8)).isEmpty();
    }
}
