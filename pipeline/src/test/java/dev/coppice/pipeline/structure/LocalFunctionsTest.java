package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Function;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.rules.InlineFunctions;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of model-local functions are written out, so that what lies behind and in them can be cut; ONNX Runtime's own inlining is the judge. */
class LocalFunctionsTest {

    private static final String SILU = """
        input x float
        s = Sigmoid(x)
        y = Mul(x, s)
        output y float
        """;

    private static final String LINEAR = """
        input x float
        input w float
        input b float
        m = MatMul(x, w)
        y = Add(m, b)
        output y float
        """;

    @TempDir
    private Path folder;

    /** A function of domain {@code pkg} whose body is written as a graph. */
    private static Function function(String name, String body) {
        return function(name, "pkg", 18, body);
    }

    private static Function function(String name, String domain, int opset, String body) {
        var graph = Dsl.model(body).graph();
        return new Function(
                new Function.Id(domain, name, ""),
                graph.inputs().stream().map(value -> value.name()).toList(),
                graph.outputs().stream().map(value -> value.name()).toList(),
                List.of(),
                List.of(),
                List.of(new Model.Opset("", opset), new Model.Opset("pkg", 1)),
                graph.nodes(),
                Carried.NOTHING);
    }

    private static Model model(String text, Function... functions) {
        var model = Dsl.model("opset 18\nopset pkg 1\n" + text);
        return new Model(
                model.irVersion(), model.opsets(), model.graph(), List.of(functions), model.carried(), model.origins());
    }

    /** Checks that ONNX Runtime computes the same with and without calls, and the law; returns the model without calls. */
    private Model checked(Model model) {
        var file = folder.resolve("calls.onnx");
        OnnxWriter.write(model, file);
        var read = OnnxReader.read(file);
        var plain = InlineFunctions.apply(read);
        assertThat(plain.functions()).isEmpty();
        var written = folder.resolve("plain.onnx");
        OnnxWriter.write(plain, written);
        try (var calls = OrtModel.open(file, OrtOptions.defaults());
                var without = OrtModel.open(written, OrtOptions.defaults())) {
            var drawn = LawInputs.draw(calls, LawSettings.of(1));
            assertThat(Agreement.distance(drawn.outputs(), without.run(drawn.tensors())))
                    .isLessThan(1e-6);
        }
        assertThat(Law.check(plain, LawSettings.of(2), folder)).anyMatch(round -> round.effect() > 1e-3);
        return OnnxReader.read(written);
    }

    private static List<Integer> widths(Model model) {
        return Groups.of(model).list().stream()
                .filter(group -> group.blocked().isEmpty())
                .map(Group::width)
                .sorted()
                .toList();
    }

    @Test
    void whatLiesBehindACallIsCut() {
        var plain = checked(model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const b float[12,8] seed 2
            const c float[8,4] seed 3
            h = MatMul(x, a)
            g = pkg::SiLU(h)
            i = MatMul(g, b)
            j = pkg::SiLU(i)
            y = MatMul(j, c)
            output y float[n,4]
            """, function("SiLU", SILU)));
        assertThat(widths(plain)).containsExactly(8, 12);
    }

    @Test
    void severalCallsWithWeightsOfTheirOwnAndNestedOnesAreCut() {
        var outer = function("Layer", """
            opset 18
            opset pkg 1
            input x float
            input w float
            input b float
            s = pkg::Linear(x, w, b)
            y = pkg::SiLU(s)
            output y float
            """);
        var plain = checked(model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const d float[12] seed 4
            const b float[12,8] seed 2
            const e float[8] seed 5
            const c float[8,4] seed 3
            s = pkg::Layer(x, a, d) name="first"
            m = pkg::Layer(s, b, e) name="second"
            y = MatMul(m, c)
            output y float[n,4]
            """, function("SiLU", SILU), function("Linear", LINEAR), outer));
        assertThat(widths(plain)).containsExactly(8, 12);
    }

    @Test
    void attributesOfACallOrElseTheDefaultsReachTheBody() {
        var body = Dsl.model("""
            input x float
            y = LeakyRelu(x)
            output y float
            """).graph();
        var leaky =
                body.nodes().getFirst().withAttribute(Attribute.of("alpha", new Attribute.ReferenceValue("slope", 1)));
        var function = new Function(
                new Function.Id("pkg", "Leaky", ""),
                List.of("x"),
                List.of("y"),
                List.of(),
                List.of(Attribute.of("slope", .75f)),
                List.of(new Model.Opset("", 18)),
                List.of(leaky),
                Carried.NOTHING);
        var plain = checked(model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const b float[12,4] seed 2
            h = MatMul(x, a)
            g = pkg::Leaky(h) slope=0.25
            i = pkg::Leaky(g)
            y = MatMul(i, b)
            output y float[n,4]
            """, function));
        assertThat(plain.graph().nodes())
                .filteredOn(node -> node.is("LeakyRelu"))
                .extracting(node -> node.floatAttribute("alpha", 0))
                .containsExactly(.25f, .75f);
    }

    @Test
    void bodiesInsideOfFunctionsGetNamesThatNothingElseHas() {
        var function = function("Choose", """
            input x float
            k = Constant() value=float[]{0.0}
            m = ReduceMax(x) keepdims=0
            c = Greater(m, k)
            h = Relu(x)
            y = If(c) then_branch={
              p = Sigmoid(h)
              output p float
            } else_branch={
              h2 = Neg(h)
              q = Mul(h2, x)
              output q float
            }
            output y float
            """);
        checked(model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const b float[12,4] seed 2
            const v float[4,8] seed 3
            const w float[8,4] seed 4
            p = MatMul(x, a)
            h = pkg::Choose(p)
            q = MatMul(h, b)
            h2 = pkg::Choose(q)
            i = MatMul(h2, v)
            j = Relu(i)
            y = MatMul(j, w)
            output y float[n,4]
            """, function));
    }

    @Test
    void optionalOperandsLeftOutStayLeftOut() {
        var function = function("Clipped", """
            input x float
            input low float
            input high float
            c = Clip(x, low, high)
            y = Relu(c)
            output y float
            """);
        checked(model("""
            input x float[n,6]
            const a float[6,12] seed 1
            const b float[12,4] seed 2
            const top float[] = 0.5
            h = MatMul(x, a)
            c = pkg::Clipped(h, , top)
            y = MatMul(c, b)
            output y float[n,4]
            """, function));
    }

    @Test
    void constantsOfABodyAreStoredOnceHoweverOftenItIsCalled() {
        var function = function("Mix", """
            input x float
            k = Constant() value=float[4,4]{1.0,2.0,3.0,4.0,0.5,0.25,1.0,0.5,1.0,0.5,0.25,0.5,2.0,1.0,0.5,0.25}
            y = MatMul(x, k)
            output y float
            """);
        var plain = checked(model("""
            input x float[n,4]
            const a float[4,4] seed 1
            const b float[4,6] seed 2
            const c float[6,4] seed 3
            h = pkg::Mix(x)
            i = pkg::Mix(h)
            j = MatMul(i, b)
            g = Relu(j)
            y = MatMul(g, c)
            output y float[n,4]
            """, function));
        assertThat(plain.graph().initializers()).hasSize(3);
    }

    @Test
    void callsInBodiesAreWrittenOutToo() {
        checked(model("""
            input x float[n,6]
            input c bool[]
            const a float[6,12] seed 1
            const b float[12,4] seed 2
            h = MatMul(x, a)
            g = Tanh(h)
            i = MatMul(g, b)
            y = If(c) then_branch={
              p = pkg::SiLU(i)
              output p float[n,4]
            } else_branch={
              q = Neg(i)
              output q float[n,4]
            }
            output y float[n,4]
            """, function("SiLU", SILU)));
    }

    @Test
    void aFunctionThatIsCalledFromNowhereGoesAndItsDomainMayStay() {
        var plain = InlineFunctions.apply(model("""
            input x float[n,6]
            y = Relu(x)
            output y float[n,6]
            """, function("SiLU", SILU)));
        assertThat(plain.functions()).isEmpty();
    }

    /** ReduceMax got its axes as an input in opset 18. */
    @Test
    void aFunctionForOperatorsThatMeanSomethingElseNowStaysACall() {
        var function = function("Most", "pkg", 13, """
            opset 13
            input x float
            y = ReduceMax(x) axes=[1]
            output y float
            """);
        var model = model("""
            input x float[n,6]
            const a float[6,12] seed 1
            h = MatMul(x, a)
            y = pkg::Most(h)
            output y float
            """, function);
        var plain = InlineFunctions.apply(model);
        assertThat(plain.functions()).hasSize(1);
        assertThat(Groups.of(plain).list())
                .filteredOn(group -> group.width() == 12)
                .singleElement()
                .satisfies(
                        group -> assertThat(group.blocked()).first().asString().contains("local function"));
    }

    @Test
    void functionsThatCallFunctionsWithoutEndStayCalls() {
        var functions = new ArrayList<Function>();
        functions.add(function("f0", SILU));
        for (int i = 1; i < 30; i++) {
            functions.add(function("f" + i, """
                opset 18
                opset pkg 1
                input x float
                a = pkg::f%1$d(x)
                y = pkg::f%1$d(a)
                output y float
                """.formatted(i - 1)));
        }
        var model = model("""
            input x float[n,6]
            y = pkg::f29(x)
            output y float[n,6]
            """, functions.toArray(Function[]::new));
        assertThat(InlineFunctions.apply(model)).isSameAs(model);
    }

    @ParameterizedTest
    @ValueSource(strings = {"surgery/function.onnx", "files/local-function.onnx"})
    void theReportedModelsAreCut(String file) {
        var plain = checked(OnnxReader.read(TestData.shared("cases/" + file)));
        assertThat(widths(plain)).contains(16);
    }
}
