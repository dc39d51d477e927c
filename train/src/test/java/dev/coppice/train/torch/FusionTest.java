package dev.coppice.train.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

class FusionTest {

    /** As PyTorch's exporter writes it. */
    private static final String MODEL = """
            input x float[2,8]
            const w float[8,8] seed 1
            const b float[8] seed 2
            const scale float[8] seed 3
            const shift float[8] seed 4
            const two float[1] fill 2
            const epsilon float[1] fill 1
            const root float[1] fill 1.4142135
            const one float[1] fill 1
            const half float[1] fill 0.5
            product = MatMul(x, w)
            h = Add(b, product)
            mean = ReduceMean(h) axes=[-1]
            d = Sub(h, mean)
            square = Pow(d, two)
            variance = ReduceMean(square) axes=[-1]
            shifted = Add(variance, epsilon)
            deviation = Sqrt(shifted)
            unit = Div(d, deviation)
            scaled = Mul(unit, scale)
            n = Add(scaled, shift)
            quotient = Div(n, root)
            erf = Erf(quotient)
            sum = Add(erf, one)
            gated = Mul(n, sum)
            y = Mul(gated, half)
            output y float
            """;

    @Test
    void putsNormalisationGeluAndBiasBackTogether() {
        assertThat(fused(Dsl.model(MODEL), List.of("y")))
                .extracting(Node::opType)
                .containsExactly("Linear", "LayerNormalization", "Gelu");
    }

    @Test
    void leavesAloneWhatSomebodyElseReads() {
        assertThat(fused(Dsl.model(MODEL), List.of("y", "variance", "erf", "product")))
                .extracting(Node::opType)
                .doesNotContain("Linear", "LayerNormalization", "Gelu");
    }

    @Test
    void leavesOtherFormulasAlone() {
        var other = MODEL.replace("root float[1] fill 1.4142135", "root float[1] fill 1.5")
                .replace("two float[1] fill 2", "two float[1] fill 3")
                .replace("b float[8]", "b float[1]");
        assertThat(fused(Dsl.model(other), List.of("y")))
                .extracting(Node::opType)
                .doesNotContain("Linear", "LayerNormalization", "Gelu");
    }

    @Test
    void computesTheSame() {
        Libtorch.use(1);
        var model = Dsl.model(MODEL);
        try (var _ = new Scope();
                var fused = TorchGraph.of(model, List.of("y"), Map.of(), Precision.FLOAT64);
                var plain =
                        TorchGraph.of(model, List.of("y", "product", "variance", "erf"), Map.of(), Precision.FLOAT64)) {
            var x = torch.randn(2, 8).to(ScalarType.Double);
            var left = fused.run(Map.of("x", x), false).get("y");
            var right = plain.run(Map.of("x", x), false).get("y");
            // sqrt 2 is rounded to float32 in the graph
            assertThat(left.sub(right).abs().max().item_double()).isLessThan(1e-6);
        }
    }

    private static List<Node> fused(Model model, List<String> outputs) {
        return Fusion.of(model.graph().nodes(), Constants.of(model.graph()), outputs);
    }
}
