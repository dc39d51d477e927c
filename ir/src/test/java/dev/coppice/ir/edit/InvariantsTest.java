package dev.coppice.ir.edit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Function;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.testing.Dsl;
import java.util.List;
import org.junit.jupiter.api.Test;

class InvariantsTest {

    @Test
    void aSortedGraphIsGood() {
        assertThatCode(() -> Invariants.check(Dsl.model("""
                        input x float[2]
                        const w float[2] = 1 2
                        a = Add(x, w)
                        b, c = Split(a)
                        d = Clip(b, , c)
                        output d
                        output x
                        output w
                        """))).doesNotThrowAnyException();
    }

    @Test
    void bodiesSeeWhatStandsBeforeThem() {
        assertThatCode(() -> Invariants.check(Dsl.model("""
                        input c bool[]
                        input x float[2]
                        a = Relu(x)
                        r = If(c) then_branch={
                          p = Neg(a)
                          s = If(c) then_branch={
                            q = Add(p, a)
                            output q
                          }
                          output s
                        }
                        output r
                        """))).doesNotThrowAnyException();
    }

    @Test
    void bodiesDoNotSeeWhatStandsBehindThem() {
        assertThat(violation("""
                        input c bool[]
                        input x float[2]
                        r = If(c) then_branch={
                          p = Neg(a)
                          output p
                        }
                        a = Relu(x)
                        output r
                        """)).hasMessageContaining("node 'Neg(p)' (Neg) uses 'a'");
    }

    @Test
    void theOutsideDoesNotSeeTheInsideOfBodies() {
        assertThat(violation("""
                        input c bool[]
                        input x float[2]
                        r = If(c) then_branch={
                          p = Neg(x)
                          output p
                        }
                        b = Relu(p)
                        output b
                        """)).hasMessageContaining("uses 'p', which nothing produces");
    }

    @Test
    void anOutputThatIsNeverProducedIsRefused() {
        assertThat(violation("input x float[2]\noutput y"))
                .hasMessageContaining("the graph output 'y' is never produced");
    }

    @Test
    void aNodeMayNotProduceAConstantOrAnInput() {
        assertThat(violation("const w float[1] = 1\nw = Relu(w)\noutput w"))
                .hasMessageContaining("'w' is produced twice, the second time by node 'Relu(w)'");
        assertThat(violation("input x float[1]\nx = Relu(x)\noutput x")).hasMessageContaining("'x' is produced twice");
    }

    @Test
    void anInitializerMayBeAGraphInputToo() {
        assertThatCode(() -> Invariants.check(Dsl.model("""
                        ir_version 3
                        input x float[1]
                        input w float[1]
                        const w float[1] = 1
                        y = Add(x, w)
                        output y
                        """))).doesNotThrowAnyException();
    }

    @Test
    void twoInputsOfOneNameAreRefused() {
        assertThat(violation("input x float[1]\ninput x float[1]\noutput x"))
                .hasMessageContaining("the graph input 'x' is defined twice");
    }

    @Test
    void functionsAreChecked() {
        var relu = Node.of("", "Relu", List.of("a"), List.of("b"));
        assertThatCode(() -> Invariants.check(withFunction(List.of("a"), List.of("b"), relu)))
                .doesNotThrowAnyException();
        assertThat(violation(withFunction(List.of(), List.of("b"), relu)))
                .hasMessageContaining("uses 'a', which nothing produces");
        assertThat(violation(withFunction(List.of("a"), List.of("z"), relu)))
                .hasMessageContaining("the output 'z' of function 'f' is never produced");
    }

    private static Model withFunction(List<String> inputs, List<String> outputs, Node node) {
        var model = Dsl.model("input x float[1]\ny = Relu(x)\noutput y");
        var function = new Function("f", "local", inputs, outputs, List.of(node), Carried.NOTHING);
        return new Model(
                model.irVersion(), model.opsets(), model.graph(), List.of(function), model.carried(), model.origins());
    }

    private static BadModelException violation(String text) {
        return violation(Dsl.model(text));
    }

    private static BadModelException violation(Model model) {
        var thrown = catchThrowableOfType(BadModelException.class, () -> Invariants.check(model));
        assertThat(thrown).isNotNull();
        assertThat(thrown.hint()).isNotBlank();
        return thrown;
    }
}
