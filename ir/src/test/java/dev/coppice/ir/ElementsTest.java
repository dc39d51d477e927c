package dev.coppice.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ElementsTest {

    @ParameterizedTest
    @ValueSource(strings = {"float", "double", "float16", "bfloat16"})
    void floatingPointElementsAreReadFromAnyOffset(String type) {
        var tensor = tensor(type, "1.5 -2 0.25 3");
        float[] floats = new float[2];
        Elements.floats(tensor, 1, floats, 2);
        assertThat(floats).containsExactly(-2f, 0.25f);
        double[] doubles = new double[3];
        Elements.doubles(tensor, 1, doubles, 3);
        assertThat(doubles).containsExactly(-2, 0.25, 3);
    }

    @Test
    void doublesKeepTheirPrecision() {
        double[] doubles = new double[4];
        Elements.doubles(tensor("double", "0.1 0.2 0.3 0.4"), 0, doubles, 4);
        assertThat(doubles).containsExactly(0.1, 0.2, 0.3, 0.4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"int64", "int32", "int16", "int8"})
    void signedIntegersKeepTheirSign(String type) {
        assertThat(Elements.longs(tensor(type, "1 -2 127 -128"))).containsExactly(1, -2, 127, -128);
    }

    @ParameterizedTest
    @ValueSource(strings = {"uint64", "uint32", "uint16", "uint8"})
    void unsignedIntegersAreNotNegative(String type) {
        assertThat(Elements.longs(tensor(type, "0 1 200 255"))).containsExactly(0, 1, 200, 255);
    }

    @ParameterizedTest
    @ValueSource(strings = {"float", "double", "float16", "bfloat16"})
    void prunedElementsReadAsZero(String type) {
        var mask = new Mask(4);
        mask.prune(2);
        var tensor = tensor(type, "1 2 3 4").masked(mask);
        float[] floats = new float[3];
        Elements.floats(tensor, 1, floats, 3);
        assertThat(floats).containsExactly(2, 0, 4);
        double[] doubles = new double[3];
        Elements.doubles(tensor, 1, doubles, 3);
        assertThat(doubles).containsExactly(2, 0, 4);
    }

    @Test
    void elementsOfTheWrongKindAreRefused() {
        assertThatThrownBy(() -> Elements.longs(tensor("float", "1 2 3 4")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Elements.floats(tensor("int64", "1 2 3 4"), 0, new float[1], 1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static Tensor tensor(String type, String values) {
        return Dsl.model("const w %s[4] = %s\noutput w".formatted(type, values))
                .graph()
                .initializers()
                .getFirst();
    }
}
