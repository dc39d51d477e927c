package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.group.Groups;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The law of structured pruning where constants name places: lists of indices, and slices in steps or backwards. */
class KnownPlacesTest {

    private static final String AROUND = """
        opset 18
        input x float[n,3,10]
        const w float[12,3,3] seed 1
        const v float[4,%d,1] seed 2
        %s
        c = Conv(x, w) pads=[1,1]
        r = Relu(c)
        %s
        y = Conv(z, v)
        output y
        """;

    @TempDir
    private Path folder;

    private static final Map<String, String> PLACES = Map.ofEntries(
            Map.entry("a permutation by GatherND", around(12, "const i int64[12,1] = 2 5 1 6 0 11 9 3 4 7 10 8", """
                t = Transpose(r) perm=[1,0,2]
                g = GatherND(t, i)
                z = Transpose(g) perm=[1,0,2]
                """)),
            Map.entry(
                    "a part by GatherND, counted from the end, twice",
                    around(6, "const i int64[6,1] = -1 -2 3 3 0 -12", """
                        t = Transpose(r) perm=[1,0,2]
                        g = GatherND(t, i)
                        z = Transpose(g) perm=[1,0,2]
                        """)),
            Map.entry("single places by GatherND beside a slice", around(10, """
                const i int64[1,1] = -2
                const a int64[1] = 0
                const b int64[1] = -2
                const one int64[1] = 1
                """, """
                t = Transpose(r) perm=[1,0,2]
                g = GatherND(t, i)
                h = Transpose(g) perm=[1,0,2]
                s = Slice(r, a, b, one)
                z = Mul(s, h)
                """)),
            Map.entry("a grid by GatherND", around(3, "const i int64[3,2,2] = 7 0 7 9 2 0 2 9 5 0 5 9", """
                t = Transpose(r) perm=[1,2,0]
                g = GatherND(t, i)
                h = Transpose(g) perm=[2,0,1]
                z = Relu(h)
                """)),
            Map.entry("points by GatherND", around(4, "const i int64[4,2] = 7 0 3 9 2 1 5 4 ", """
                t = Transpose(r) perm=[1,2,0]
                g = GatherND(t, i)
                h = Transpose(g) perm=[1,0]
                two = Constant() value=int64[1]{2}
                z = Unsqueeze(h, two)
                """)),
            Map.entry("a part written by ScatterND", around(12, """
                const i int64[4,1] = 0 1 2 3
                const a int64[1] = 0
                const b int64[1] = 4
                """, """
                t = Transpose(r) perm=[1,0,2]
                p = Slice(t, a, b)
                q = Sigmoid(p)
                g = ScatterND(t, i, q)
                z = Transpose(g) perm=[1,0,2]
                """)),
            Map.entry("other channels added by ScatterND", around(12, """
                const i int64[3,1] = 10 1 -5
                const o float[3,3,1] seed 9
                """, """
                t = Transpose(r) perm=[1,0,2]
                p = Conv(x, o)
                q = Transpose(p) perm=[1,0,2]
                g = ScatterND(t, i, q) reduction="add"
                z = Transpose(g) perm=[1,0,2]
                """)),
            Map.entry("one channel written by ScatterND", around(12, """
                const i int64[1,1] = 5
                const o float[1,3,1] seed 9
                """, """
                t = Transpose(r) perm=[1,0,2]
                p = Conv(x, o)
                q = Transpose(p) perm=[1,0,2]
                g = ScatterND(t, i, q)
                z = Transpose(g) perm=[1,0,2]
                """)),
            Map.entry(
                    "a list of channels by Gather",
                    around(5, "const i int64[5] = 3 -1 0 3 7", "z = Gather(r, i) axis=1")),
            Map.entry("channels turned round by Slice", around(12, """
                const a int64[1] = -1
                const b int64[1] = -9223372036854775807
                const one int64[1] = 1
                """, """
                s = Slice(r, a, b, one, a)
                z = Add(s, r)
                """)),
            Map.entry("channels and places turned round by one Slice", around(12, """
                const a int64[2] = -1 -1
                const b int64[2] = -100 -100
                const both int64[2] = 2 1
                """, """
                s = Slice(r, a, b, both, a)
                z = Add(s, r)
                """)),
            Map.entry("every third channel from the end, and some places", around(4, """
                const a int64[2] = 10 1
                const b int64[2] = 0 9
                const both int64[2] = 1 2
                const by int64[2] = -3 2
                """, """
                z = Slice(r, a, b, both, by)
                """)),
            Map.entry("every second channel, and some places", around(6, """
                const a int32[2] = 1 1
                const b int32[2] = 20 -1
                const both int32[2] = 1 2
                const by int32[2] = 2 1
                """, """
                z = Slice(r, a, b, both, by)
                """)),
            Map.entry("a list by GatherElements", fixed(5, """
                const i int64[2,5,3] = 3 3 3 1 1 1 7 7 7 0 0 0 11 11 11 3 3 3 1 1 1 7 7 7 0 0 0 11 11 11
                const a int64[1] = 0
                const b int64[1] = 3
                const two int64[1] = 2
                """, """
                s = Slice(r, a, b, two)
                z = GatherElements(s, i) axis=1
                """)),
            Map.entry(
                    "places of each channel by GatherElements",
                    fixed(12, "const i int64[2,12,2] " + numbers(48, 10), """
                        z = GatherElements(r, i) axis=2
                        """)),
            Map.entry("places of each channel by ScatterElements", fixed(12, """
                const i int64[2,12,1] %s
                const o float[12,3,3] seed 9
                """.formatted(numbers(24, 10)), """
                k = Conv(x, o) pads=[1,1]
                p = GlobalAveragePool(k)
                z = ScatterElements(r, i, p) axis=2 reduction="add"
                """)));

    static Stream<Arguments> places() {
        return PLACES.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    private static String numbers(int count, int below) {
        var text = new StringBuilder("=");
        for (int i = 0; i < count; i++) {
            text.append(' ').append(i * 7 % below);
        }
        return text.toString();
    }

    private static String around(int channels, String constants, String nodes) {
        return AROUND.formatted(channels, constants, nodes);
    }

    private static String fixed(int channels, String constants, String nodes) {
        return around(channels, constants, nodes).replace("float[n,3,10]", "float[2,3,10]");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void whatConstantsNameGoesWithTheChannelsItNames(String name, String text) {
        var model = Dsl.model(text);
        assertThat(Groups.of(model).list())
                .as(name)
                .anyMatch(group -> group.blocked().isEmpty() && group.width() > 1);
        var rounds = Law.check(model, LawSettings.of(3), folder);
        assertThat(rounds).anyMatch(round -> round.effect() > 1e-3);
    }
}
