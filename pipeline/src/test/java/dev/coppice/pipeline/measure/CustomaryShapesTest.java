package dev.coppice.pipeline.measure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CustomaryShapesTest {

    private static Map<String, List<Long>> shapes(String inputs, Map<String, List<Long>> given) {
        var model = Dsl.model(inputs + "y = Relu(x)\noutput y\n");
        return CustomaryShapes.of(model.graph().inputs(), given);
    }

    @Test
    void openSizesAreThoseOfTheirKindOfInput() {
        assertThat(shapes("input x float[N,3,H,W]\ninput z float[N,S,8]\n", Map.of()))
                .containsEntry("x", List.of(1L, 3L, 224L, 224L))
                .containsEntry("z", List.of(1L, 128L, 8L));
    }

    @Test
    void theStateOfALayerIsOfTheBatchThatTheOtherInputsHave() {
        var inputs = "input state float[2,batch,128]\ninput x float[batch,4,5]\n";
        assertThat(shapes(inputs, Map.of())).containsEntry("state", List.of(2L, 1L, 128L));
    }

    @Test
    void aGivenSizeHoldsForItsSymbolInOtherInputs() {
        var inputs = "input state float[2,batch,128]\ninput x float[batch,samples]\n";
        assertThat(shapes(inputs, Map.of("x", List.of(3L, 512L))))
                .containsEntry("state", List.of(2L, 3L, 128L))
                .containsEntry("x", List.of(3L, 512L));
    }
}
