package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {

    @ParameterizedTest
    @CsvSource({
        "*, anything/at.all, true",
        "a*, b, false",
        "*.weight, layer.0.weight, true",
        "*.weight, layer.0.weights, false",
        "layer.?.weight, layer.7.weight, true",
        "layer.?.weight, layer.10.weight, false",
        "[abc]x, bx, true",
        "[abc]x, dx, false",
        "[a-c]x, bx, true",
        "[!a-c]x, bx, false",
        "[!a-c]x, dx, true",
        "[-a]x, -x, true",
        "[z-a]x, bx, false",
        "[^a]x, ^x, true",
        "x[, x[, true",
        "w[z-a], w[z-a], true",
        "a(b|c)+, a(b|c)+, true",
        "a.c, abc, false",
        "?, \uD83D\uDE00, true",
        "**a**, bab, true",
    })
    void wildcardsStandForWhatTheyAreSaidTo(String glob, String name, boolean matches) {
        assertThat(new Glob(glob).matches(name)).isEqualTo(matches);
    }

    @Test
    void itAgreesWithARegularExpression() {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            var glob = text(random, "ab*?", 8);
            var name = text(random, "ab", 8);
            var regex = glob.replace("*", ".*").replace("?", ".");
            assertThat(new Glob(glob).matches(name)).as("%s on %s", glob, name).isEqualTo(Pattern.matches(regex, name));
        }
    }

    private static String text(Random random, String letters, int most) {
        var text = new StringBuilder();
        for (int i = random.nextInt(most); i > 0; i--) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"*a", "a*", "*?", "*[a-z]", "**", "*aa*"})
    void noGlobTakesLong(String part) {
        var glob = new Glob(part.repeat(200) + "b");
        Assertions.assertTimeout(
                Duration.ofSeconds(5),
                () -> assertThat(glob.matches("a".repeat(20_000))).isFalse());
    }
}
