package dev.coppice.ir.weight;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;

/** Views against a materialisation element by element; {@code w} is stored as [4,3,2]. */
class ViewsTest {

    private static final String ZEROS = "0" + ",0".repeat(23);
    private static final Materialised STORED = Materialised.stored(4, 3, 2);

    @Test
    void transpose() {
        views("v = Transpose(w) perm=[2,0,1]", STORED.transposed(2, 0, 1));
        views("v = Transpose(w)", STORED.transposed(2, 1, 0));
    }

    @Test
    void transposeOfTranspose() {
        views(
                "t = Transpose(w) perm=[2,0,1]\nv = Transpose(t) perm=[2,0,1]",
                STORED.transposed(2, 0, 1).transposed(2, 0, 1));
    }

    @Test
    void reshapeByInputOrAttribute() {
        views("const s int64[2] = 6 4\nv = Reshape(w, s)", STORED.reshaped(6, 4));
        views("s = Constant() value=int64[2]{6,4}\nv = Reshape(w, s)", STORED.reshaped(6, 4));
        views("s = Constant() value_ints=[6,4]\nv = Reshape(w, s)", STORED.reshaped(6, 4));
        views("v = Reshape(w) shape=[6,4]", STORED.reshaped(6, 4));
    }

    @Test
    void reshapeWithAFreeAndACopiedDimension() {
        views("const s int64[2] = 0 -1\nv = Reshape(w, s)", STORED.reshaped(4, 6));
        views("s = Constant() value_int=-1\nv = Reshape(w, s)", STORED.reshaped(24));
    }

    @Test
    void reshapeOfASliceOfTheFirstAxis() {
        views("""
                const a int64[1] = 1
                const b int64[1] = 3
                c = Slice(w, a, b)
                const s int64[1] = -1
                v = Reshape(c, s)
                """, STORED.sliced(0, 1, 3, 1).reshaped(12));
    }

    @Test
    void flatten() {
        views("v = Flatten(w)", STORED.reshaped(4, 6));
        views("v = Flatten(w) axis=2", STORED.reshaped(12, 2));
        views("v = Flatten(w) axis=-1", STORED.reshaped(12, 2));
        views("v = Flatten(w) axis=0", STORED.reshaped(1, 24));
    }

    @Test
    void unsqueezeAndSqueezeByAttribute() {
        views("v = Unsqueeze(w) axes=[0,2]", STORED.reshaped(1, 4, 1, 3, 2));
        views("v = Unsqueeze(w) axes=[-1]", STORED.reshaped(4, 3, 2, 1));
        views("u = Unsqueeze(w) axes=[1,3]\nv = Squeeze(u) axes=[1]", STORED.reshaped(4, 3, 1, 2));
    }

    @Test
    void unsqueezeAndSqueezeByInput() {
        views("const a int64[2] = 0 2\nv = Unsqueeze(w, a)", STORED.reshaped(1, 4, 1, 3, 2));
        views("a = Constant() value=int64[1]{-1}\nv = Unsqueeze(w, a)", STORED.reshaped(4, 3, 2, 1));
        views("const a int64[2] = 1 3\nu = Unsqueeze(w, a)\nv = Squeeze(u)", STORED);
        views("const a int64[1] = 1\nu = Unsqueeze(w, a)\nv = Squeeze(u, a)", STORED);
    }

    @Test
    void anUnsqueezedWeightCanStillBeReshaped() {
        views("const s int64[2] = 6 4\nu = Unsqueeze(w) axes=[0,2,5]\nv = Reshape(u, s)", STORED.reshaped(6, 4));
    }

    @Test
    void sliceByAttribute() {
        views(
                "v = Slice(w) starts=[1,0] ends=[3,2] axes=[0,1]",
                STORED.sliced(0, 1, 3, 1).sliced(1, 0, 2, 1));
        views("v = Slice(w) starts=[-2] ends=[1000]", STORED.sliced(0, 2, 4, 1));
    }

    @Test
    void sliceByInputWithStepsAndNegativeAxes() {
        views("""
                const a int64[2] = 0 -3
                const b int64[2] = 9223372036854775807 -1
                const x int64[2] = -1 0
                const s int64[2] = 1 2
                v = Slice(w, a, b, x, s)
                """, STORED.sliced(2, 0, 2, 1).sliced(0, 1, 3, 2));
        views("""
                const a int64[1] = 0
                const b int64[1] = 4
                const s int64[1] = 3
                v = Slice(w, a, b, , s)
                """, STORED.sliced(0, 0, 4, 3));
    }

    @Test
    void sliceOfTranspose() {
        views(
                "t = Transpose(w) perm=[1,2,0]\nv = Slice(t) starts=[1] ends=[3] axes=[2]",
                STORED.transposed(1, 2, 0).sliced(2, 1, 3, 1));
    }

    @Test
    void identityAndCastAreSeenThrough() {
        views("i = Identity(w)\nc = Cast(i) to=10\nv = Transpose(c) perm=[1,0,2]", STORED.transposed(1, 0, 2));
    }

    @Test
    void whatIsNoViewIsLeftToFolding() {
        foldable("t = Transpose(w)\nconst s int64[1] = 24\nv = Reshape(t, s)");
        foldable("t = Transpose(w)\nv = Flatten(t)");
        foldable("const a int64[1] = 3\nconst b int64[1] = 0\nconst s int64[1] = -1\nv = Slice(w, a, b, , s)");
        foldable("t = Transpose(w)\nconst s int64[1] = 24\nr = Reshape(t, s)\nv = Transpose(r)");
    }

    @Test
    void nonsenseIsNoView() {
        foldable("v = Transpose(w) perm=[0,0,1]");
        foldable("v = Transpose(w) perm=[0,1]");
        foldable("const s int64[2] = 5 5\nv = Reshape(w, s)");
        foldable("const s int64[3] = 4611686018427387904 4611686018427387904 4\nv = Reshape(w, s)");
        foldable("v = Flatten(w) axis=4294967297");
        foldable("v = Unsqueeze(w) axes=[9]");
        foldable("v = Squeeze(w) axes=[0]");
        foldable("v = Slice(w) starts=[0,0] ends=[1,1] axes=[0]");
        foldable("v = Slice(w) starts=[0] ends=[1] axes=[4294967296]");
    }

    @Test
    void operandsThatAreComputedMakeNoView() {
        var resolver = WeightResolver.of(Dsl.model("""
                input x int64[2]
                const w float[4,3,2] seed 1
                v = Reshape(w, x)
                output v
                """).graph());
        assertThat(resolver.resolve("v")).isInstanceOf(Resolution.NotConstant.class);
    }

    private static void views(String statements, Materialised expected) {
        for (var source :
                new String[] {"const w float[4,3,2] seed 1", "w = Constant() value=float[4,3,2]{" + ZEROS + "}"}) {
            var resolver = WeightResolver.of(
                    Dsl.model(source + "\n" + statements + "\noutput v").graph());
            assertThat(resolver.resolve("v")).isInstanceOfSatisfying(Resolution.Found.class, found -> {
                assertThat(Materialised.of(found.weight())).isEqualTo(expected);
                assertThat(found.weight().name()).isEqualTo("w");
            });
        }
    }

    private static void foldable(String statements) {
        var resolver = WeightResolver.of(Dsl.model("const w float[4,3,2] seed 1\n" + statements + "\noutput v float[1]")
                .graph());
        assertThat(resolver.resolve("v")).isEqualTo(new Resolution.Foldable("v"));
    }
}
