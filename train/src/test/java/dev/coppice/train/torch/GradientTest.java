package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the gradients of every differentiable operator against central finite differences in float64. */
class GradientTest {

    @BeforeAll
    static void load() {
        Libtorch.use(1);
    }

    @Test
    void gradientsAgreeWithFiniteDifferences() throws IOException {
        var wrong = new ArrayList<String>();
        for (var one : GradientCase.all()) {
            var difference = one.difference();
            if (difference != null) {
                wrong.add(one.graph() + ": " + difference);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyOperatorIsEitherHeldOrSaidToHaveNoGradient() throws IOException {
        var held = new TreeSet<String>();
        GradientCase.all().forEach(one -> held.add(one.operator()));
        var exempt = GradientCase.withoutGradient();
        assertThat(exempt).doesNotContainAnyElementsOf(held);
        held.addAll(exempt);
        assertThat(held).isEqualTo(Lowerings.operators());
    }
}
