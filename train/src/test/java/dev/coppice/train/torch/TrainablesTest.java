package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import org.junit.jupiter.api.Test;

class TrainablesTest {

    /** A checkpoint holds the weights in this order, and another JVM reads it. */
    @Test
    void weightsComeInTheOrderOfTheInputsThatTheyAre() {
        var graph = Dsl.model("""
                        input x float[1,3,8,8]
                        const w float[4,3,3,3] seed 1
                        const b float[4] seed 2
                        const scale1 float[4] seed 3
                        const shift1 float[4] seed 4
                        const mean1 float[4] fill 0.5
                        const var1 float[4] fill 1.5
                        const scale2 float[4] seed 5
                        const shift2 float[4] seed 6
                        const mean2 float[4] fill 0.5
                        const var2 float[4] fill 1.5
                        const scale3 float[4] seed 7
                        const shift3 float[4] seed 8
                        c = Conv(x, w, b)
                        n1 = BatchNormalization(c, scale1, shift1, mean1, var1)
                        n2 = BatchNormalization(n1, scale2, shift2, mean2, var2)
                        y = InstanceNormalization(n2, scale3, shift3)
                        output y float[1,4,6,6]
                        """).graph();
        assertThat(Trainables.of(graph).keySet())
                .containsExactly(
                        "w", "b", "scale1", "shift1", "mean1", "var1", "scale2", "shift2", "mean2", "var2", "scale3",
                        "shift3");
    }
}
