package dev.coppice.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.testing.Dsl;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ModelTest {

    private static final Model MODEL = Dsl.model("""
            input c bool[]
            const w float[2] = 1 2
            k = Constant() value=float[2]{3,4}
            a = Add(w, k)
            r = If(c) then_branch={
              const v float[2] = 5 6
              b = Add(a, v)
              output b
            }
            output r
            """);

    @Test
    void everyConstantIsMapped() {
        var names = new ArrayList<String>();
        MODEL.mapTensors(tensor -> {
            names.add(tensor.name());
            return tensor;
        });
        assertThat(names).hasSize(3).contains("w", "v");
    }

    @Test
    void aMappingThatChangesNothingReturnsTheSameGraph() {
        assertThat(MODEL.mapTensors(tensor -> tensor).graph()).isSameAs(MODEL.graph());
    }

    @Test
    void whatContainsNoChangedConstantStaysTheSameObject() {
        var mapped = MODEL.mapTensors(tensor -> tensor.name().equals("v") ? tensor.withName("v2") : tensor);
        assertThat(mapped.graph().nodes().get(1)).isSameAs(MODEL.graph().nodes().get(1));
        assertThat(mapped.graph().nodes().get(2))
                .isNotSameAs(MODEL.graph().nodes().get(2));
        assertThat(mapped.graph().initializers().getFirst())
                .isSameAs(MODEL.graph().initializers().getFirst());
    }

    @Test
    void aMaskOfAnotherSizeIsRefused() {
        var tensor = MODEL.graph().initializers().getFirst();
        assertThatThrownBy(() -> tensor.masked(new Mask(3))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theOperatorSetIsThatOfTheStandardDomain() {
        assertThat(Dsl.model("opset com.microsoft 1\nopset 13\ninput x float[1]\noutput x")
                        .opset())
                .isEqualTo(13);
    }

    @Test
    void elementsThatOverflowAreNotCounted() {
        assertThat(Shape.of(1L << 32, 1L << 32).elements()).isEmpty();
        assertThat(Shape.of(3, 4).elements()).hasValue(12);
        assertThat(new Shape(List.of(Dim.of("n"))).elements()).isEmpty();
    }
}
