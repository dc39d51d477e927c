package dev.coppice.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintableTest {

    @ParameterizedTest
    @CsvSource({"1b", "00", "7f", "9b", "85", "202e", "2066", "200f", "2028", "d800", "0d"})
    void whatSteersATerminalIsWrittenAsItsNumber(String code) {
        var text = "a" + (char) Integer.parseInt(code, 16) + "b";
        assertThat(Printable.of(text)).isEqualTo("a\\u%4sb".formatted(code).replace(' ', '0'));
        assertThat(Printable.lines(text)).isEqualTo(Printable.of(text));
    }

    @Test
    void lettersOfAllLanguagesStay() {
        var text = "ключ, naïve, 重み, 🌱";
        assertThat(Printable.of(text)).isEqualTo(text);
    }

    @Test
    void onlyWholeTextsMayHaveLines() {
        assertThat(Printable.of("a\nb")).isEqualTo("a\\u000ab");
        assertThat(Printable.lines("a\nb\r\nc\rd")).isEqualTo("a\nb\r\nc\\u000dd");
    }

    @Test
    void formattedArgumentsStayInTheirLine() {
        assertThat(Printable.format("%s|%,d%n", "a\nb", 1000)).isEqualTo("a\\u000ab|1,000%n".formatted());
    }

    @Test
    void jsonReadsBackWhatWasEscaped() throws java.io.IOException {
        var name = "a\u009b\u202eb";
        assertThat(Json.read(Printable.lines(Json.write(java.util.Map.of("name", name)))))
                .isEqualTo(java.util.Map.of("name", name));
    }
}
