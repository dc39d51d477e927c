package dev.coppice.ir.shape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShapeInferenceTest {

    private static final String SPLIT_HEADS = """
        opset 17
        input x float[batch,tokens,384]
        const i0 int64[] = 0
        const i1 int64[] = 1
        const axis int64[1] = 0
        const heads int64[1] = 12
        const width int64[1] = 32
        s = Shape(x)
        b = Gather(s, i0)
        t = Gather(s, i1)
        bu = Unsqueeze(b, axis)
        tu = Unsqueeze(t, axis)
        target = Concat(bu, tu, heads, width) axis=0
        h = Reshape(x, target)
        y = Transpose(h) perm=[0,2,1,3]
        output y
        """;

    @Test
    void symbolsPassThroughShapeArithmetic() {
        assertThat(shape(SPLIT_HEADS, "y")).hasToString("[batch,12,tokens,32]");
    }

    @Test
    void anOverrideMakesEverythingStatic() {
        var shapes = ShapeInference.infer(Dsl.model(SPLIT_HEADS), Map.of("x", Shape.of(2, 16, 384)));
        assertThat(shapes.shape("y")).contains(Shape.of(2, 12, 16, 32));
        assertThat(Elements.longs(shapes.constant("target").orElseThrow())).containsExactly(2, 16, 12, 32);
    }

    @Test
    void aSymbolBoundByOneInputHoldsForTheOthers() {
        var model = Dsl.model("""
            input a float[n,4]
            input b float[n,4]
            info z float[n,4]
            y = Add(a, b)
            z = Unknown(b)
            output y
            """);
        var shapes = ShapeInference.infer(model, Map.of("a", Shape.of(5, 4)));
        assertThat(shapes.shape("b")).contains(Shape.of(5, 4));
        assertThat(shapes.shape("z")).contains(Shape.of(5, 4));
    }

    @Test
    void theNewerDialectTakesShapesByStartAndEnd() {
        assertThat(shape("""
            opset 18
            input x float[n,64,1,1]
            const minus int64[1] = -1
            n = Shape(x) start=0 end=1
            target = Concat(n, minus) axis=0
            y = Reshape(x, target)
            output y
            """, "y")).hasToString("[n,64]");
    }

    @Test
    void theRemainderOfAReshapeIsFoundWhereSymbolsCancel() {
        var text = """
            input x float[b,s,384]
            const t int64[4] = %s
            y = Reshape(x, t)
            output y
            """;
        assertThat(shape(text.formatted("0 0 12 -1"), "y")).hasToString("[b,s,12,32]");
        assertThat(shape(text.formatted("0 -1 12 32"), "y")).hasToString("[b,s,12,32]");
        assertThat(shape(text.formatted("-1 1 12 32"), "y")).hasToString("[?,1,12,32]");
    }

    @Test
    void anExpandTargetWithMinusOnesIsSeenThrough() {
        assertThat(shape("""
            input x float[b,1]
            input z float[b,s]
            const one int64[] = 1
            const axis int64[1] = 0
            const minus int64[1] = -1
            const rank int64[1] = 2
            s0 = Shape(z)
            s = Gather(s0, one)
            su = Unsqueeze(s, axis)
            wanted = Concat(minus, su) axis=0
            ones = ConstantOfShape(rank) value=int64[1]{1}
            negative = Mul(ones, minus)
            kept = Equal(wanted, negative)
            target = Where(kept, ones, wanted)
            y = Expand(x, target)
            output y
            """, "y")).hasToString("[b,s]");
    }

    @Test
    void whatNoRuleCoversIsUnknownUnlessDeclared() {
        var text = """
            opset custom 1
            input x float[2,3]
            %s
            y = custom::Op(x)
            z = Relu(y)
            output z
            """;
        assertThat(ShapeInference.infer(Dsl.model(text.formatted(""))).shape("z"))
                .isEmpty();
        assertThat(shape(text.formatted("info y float[2,7]"), "z")).isEqualTo(Shape.of(2, 7));
    }

    @Test
    void aDeclarationThatContradictsIsOverruledAndOneThatKnowsMoreIsTaken() {
        assertThat(shape("""
            input x float[2,3]
            info y float[2,4]
            y = Relu(x)
            output y
            """, "y")).isEqualTo(Shape.of(2, 3));
        assertThat(shape("""
            input x float[2,?]
            info y float[n,4]
            y = Relu(x)
            output y
            """, "y")).isEqualTo(Shape.of(2, 4));
    }

    @Test
    void declaredSizesAreDistrustedOnceTheInputsDiffer() {
        var model = Dsl.model("""
            opset custom 1
            input x float[1,3]
            info y float[1,7]
            y = custom::Op(x)
            output y
            """);
        assertThat(ShapeInference.infer(model, Map.of("x", Shape.of(8, 3))).shape("y"))
                .isEmpty();
    }

    @Test
    void aDefaultThatCallersMayOverrideIsNoConstant() {
        var text = """
            ir_version %d
            input x float[6]
            input t int64[2]
            const t int64[2] = 2 3
            y = Reshape(x, t)
            output y
            """;
        assertThat(shape(text.formatted(8), "y").dims())
                .hasSize(2)
                .allSatisfy(dim -> assertThat(dim).isInstanceOf(Dim.Unknown.class));
        assertThat(shape(text.formatted(3), "y")).isEqualTo(Shape.of(2, 3));
    }

    /** As text encoders do that cut what they have stored for the longest text to the length of this one. */
    @Test
    void unknownSizesAreTheSameWhereverTheyCome() {
        var shapes = ShapeInference.infer(Dsl.model("""
            opset 13
            input ids int64[N,L]
            const table float[1,64,12] seed 1
            const zero int64[1] = 0
            const one int64[1] = 1
            const left int64[1] = -1
            const four int64[1] = 4
            size = Shape(ids)
            length = Gather(size, one)
            x = Slice(table, zero, length, one)
            xs = Shape(x)
            own = Gather(xs, one)
            rows = Gather(size, zero)
            split = Concat(one, own, left, four) axis=0
            heads = Reshape(x, split)
            mixed = Concat(one, rows, left, four) axis=0
            other = Reshape(x, mixed)
            output heads
            output other
            """));
        var cut = shapes.shape("x").orElseThrow().dim(1);
        assertThat(cut).as("64 or less").isInstanceOf(Dim.Unknown.class);
        assertThat(shapes.shape("heads").orElseThrow()).isEqualTo(Shape.of(Dim.of(1), cut, Dim.of(3), Dim.of(4)));
        assertThat(shapes.shape("other").orElseThrow().dim(1)).isEqualTo(Dim.of("N"));
        assertThat(shapes.shape("other").orElseThrow().dim(2))
                .as("N goes not into what was cut")
                .isInstanceOf(Dim.Unknown.class)
                .isNotEqualTo(cut);
    }

    @Test
    void parametersCountAsAttributesAndAsInputs() {
        assertThat(shape("opset 11\ninput x float[2,1,3]\ny = Squeeze(x) axes=[1]\noutput y", "y"))
                .isEqualTo(Shape.of(2, 3));
        assertThat(shape("opset 18\ninput x float[2,4,3]\nconst a int64[1] = -1\ny = ReduceMean(x, a)\noutput y", "y"))
                .isEqualTo(Shape.of(2, 4, 1));
        assertThat(shape("opset 9\ninput x float[8,4]\ny = Slice(x) starts=[1] ends=[-1] axes=[0]\noutput y", "y"))
                .isEqualTo(Shape.of(6, 4));
        assertThat(shape("opset 18\ninput x float[7,4]\na, b, c = Split(x) num_outputs=3\noutput c", "c"))
                .isEqualTo(Shape.of(1, 4));
        assertThat(shape("opset 7\ninput x float[1,2,3,4]\ny = Upsample(x) scales=[1.0,1.0,2.0,2.5]\noutput y", "y"))
                .isEqualTo(Shape.of(1, 2, 6, 10));
    }

    @Test
    void windowsFollowPaddingDilationAndCeiling() {
        var text = "input x float[1,3,%s]\nconst w float[8,3,3,3] seed 1\ny = Conv(x, w) %s\noutput y";
        assertThat(shape(text.formatted("32,31", "pads=[1,1,1,1] strides=[2,2]"), "y"))
                .isEqualTo(Shape.of(1, 8, 16, 16));
        assertThat(shape(text.formatted("32,31", "auto_pad=\"SAME_UPPER\" strides=[2,2]"), "y"))
                .isEqualTo(Shape.of(1, 8, 16, 16));
        assertThat(shape(text.formatted("32,32", "dilations=[2,2]"), "y")).isEqualTo(Shape.of(1, 8, 28, 28));
        assertThat(shape(text.formatted("h,w", "pads=[1,1,1,1]"), "y")).hasToString("[1,8,h,w]");
        assertThat(shape(text.formatted("h,w", ""), "y")).hasToString("[1,8,?,?]");
        var pool = "input x float[1,3,6,6]\n"
                + "y = MaxPool(x) kernel_shape=[2,2] strides=[2,2] pads=[%s] ceil_mode=1\n"
                + "output y";
        // A seventh row of windows would start in the padding behind.
        assertThat(shape(pool.formatted("0,0,1,1"), "y")).isEqualTo(Shape.of(1, 3, 3, 3));
        assertThat(shape(pool.formatted("1,1,1,1"), "y")).isEqualTo(Shape.of(1, 3, 4, 4));
    }

    @Test
    void newerOperatorsAreCovered() {
        assertThat(shape("""
            opset 23
            input q float[b,8,s,64]
            input k float[b,2,t,64]
            input v float[b,2,t,32]
            y = Attention(q, k, v)
            output y
            """, "y")).hasToString("[b,8,s,32]");
        assertThat(shape("""
            opset 23
            input x float[b,s,64]
            const w float[64] seed 1
            n = RMSNormalization(x, w)
            g = Gelu(n)
            y = RotaryEmbedding(g, w, w)
            output y
            """, "y")).hasToString("[b,s,64]");
        assertThat(shape("""
            input x float[12,b,16]
            const w float[2,128,16] seed 1
            const r float[2,128,32] seed 2
            y, h, c = LSTM(x, w, r) hidden_size=32 direction="bidirectional"
            output y
            """, "y")).hasToString("[12,2,b,32]");
        assertThat(shape("""
            input x float[b,h,s,d]
            input k float[b,h,t,d]
            y = Einsum(x, k) equation="...id,...jd->...ij"
            output y
            """, "y")).hasToString("[b,h,s,t]");
    }

    @Test
    void aContradictionNamesItsNode() {
        assertThatThrownBy(
                        () -> shape("input x float[2,3]\ninput z float[4]\ny = Add(x, z) name=\"sum\"\noutput y", "y"))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("node 'sum' (Add)");
        assertThatThrownBy(() -> shape("input x float[2,3]\ny = Transpose(x) perm=[0,7]\noutput y", "y"))
                .isInstanceOf(BadModelException.class);
        assertThatThrownBy(() -> shape("input x float[2,3]\nconst t int64[1] = 5\ny = Reshape(x, t)\noutput y", "y"))
                .isInstanceOf(BadModelException.class);
    }

    @Test
    void aShapeForAnInputThatIsNotThereIsRefused() {
        var model = Dsl.model("input x float[2]\ny = Relu(x)\noutput y");
        assertThatThrownBy(() -> ShapeInference.infer(model, Map.of("X", Shape.of(2))))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("no input X");
    }

    @Test
    void typesFollowToo() {
        var shapes = ShapeInference.infer(Dsl.model("""
            input x float[2,3]
            input y float[2,3]
            c = Greater(x, y)
            w = Where(c, x, y)
            h = Cast(w) to=10
            i = ArgMax(h)
            output i
            """));
        assertThat(shapes.type("c")).contains(DType.BOOL);
        assertThat(shapes.type("h")).contains(DType.FLOAT16);
        assertThat(shapes.type("i")).contains(DType.INT64);
    }

    private static Shape shape(String text, String value) {
        return ShapeInference.infer(Dsl.model(text)).shape(value).orElseThrow();
    }
}
