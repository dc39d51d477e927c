package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Function;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Parameter.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParametersTest {

    private static final Model TRANSFORMER = Dsl.model("""
            input ids int64[batch,4]
            const embed.weight float[7,6] seed 1
            const pos float[4,6] seed 2
            const enc.q.weight float[6,6] seed 3
            const enc.q.bias float[6] seed 4
            const enc.ffn.weight float[6,12] seed 5
            const norm.scale float[12] seed 6
            e = Gather(embed.weight, ids) name="embed/Gather"
            p = Add(e, pos) name="embed/Add"
            q = MatMul(p, enc.q.weight) name="enc/q/MatMul"
            b = Add(q, enc.q.bias) name="enc/q/Add"
            f = MatMul(b, enc.ffn.weight) name="enc/ffn/MatMul"
            y = Mul(f, norm.scale) name="norm/Mul"
            output y
            """);

    private static List<String> names(Model model, List<String> keep, List<String> only) {
        return Parameters.of(model, new Selection(keep, only)).prunable().stream()
                .map(Parameter::name)
                .toList();
    }

    private static ParameterList all(String model) {
        return Parameters.of(Dsl.model(model), Selection.ALL);
    }

    @Test
    void onlyMultipliedWeightsArePrunedUnlessOthersAreAskedFor() {
        var found = Parameters.of(TRANSFORMER, Selection.ALL);
        assertThat(found.prunable()).extracting(Parameter::name).containsExactly("enc.q.weight", "enc.ffn.weight");
        assertThat(found.prunable()).extracting(Parameter::node).containsExactly("enc/q/MatMul", "enc/ffn/MatMul");
        assertThat(found.blocked()).isEmpty();
    }

    @Test
    void globsMatchWeightsAndNodes() {
        assertThat(names(TRANSFORMER, List.of(), List.of("*.weight")))
                .containsExactly("enc.q.weight", "enc.ffn.weight");
        assertThat(names(TRANSFORMER, List.of(), List.of("enc/q/*"))).containsExactly("enc.q.weight");
        assertThat(names(TRANSFORMER, List.of("enc.?.weight"), List.of())).containsExactly("enc.ffn.weight");
        assertThat(names(TRANSFORMER, List.of("enc/[fg]fn/MatMul"), List.of())).containsExactly("enc.q.weight");
        assertThat(names(TRANSFORMER, List.of("enc.q.weight"), List.of("enc.*")))
                .containsExactly("enc.ffn.weight");
    }

    @Test
    void aGlobThatFindsOnlyOtherConstantsAsksForThem() {
        var embedding = Parameters.of(TRANSFORMER, new Selection(List.of(), List.of("embed.*")));
        assertThat(embedding.prunable()).hasSize(1);
        var table = embedding.prunable().getFirst();
        assertThat(table.kind()).isEqualTo(Kind.EMBEDDING);
        assertThat(table.matrix().rowCount()).isEqualTo(7);
        assertThat(table.matrix().columnCount()).isEqualTo(6);
        assertThat(names(TRANSFORMER, List.of(), List.of("*.bias", "norm.scale")))
                .containsExactly("enc.q.bias", "norm.scale");
        assertThat(names(TRANSFORMER, List.of(), List.of("pos", "*.weight")))
                .containsExactly("pos", "enc.q.weight", "enc.ffn.weight");
    }

    @Test
    void aGlobThatMatchesNothingIsRefusedWithTheNearestNames() {
        assertThatThrownBy(() -> names(TRANSFORMER, List.of("enc.q.wieght"), List.of()))
                .isInstanceOfSatisfying(
                        UsageException.class, e -> assertThat(e.hint()).contains("enc.q.weight"))
                .hasMessageContaining("enc.q.wieght");
        assertThatThrownBy(() -> names(TRANSFORMER, List.of(), List.of("ENC.*")))
                .isInstanceOf(UsageException.class);
    }

    @Test
    void aNameWithWildcardsInItMatchesItself() {
        var model = Tensors.model(List.of(Tensors.of("w[0]*", DType.FLOAT, List.of(1L, 2L), 1, 2)));
        assertThat(names(model, List.of(), List.of("w[0]*"))).containsExactly("w[0]*");
    }

    @Test
    void aTiedWeightIsOneParameterLaidOutAsItsFirstUse() {
        var found = all("""
                input x float[1,4]
                const w float[4,4] seed 1
                a = MatMul(x, w) name="first"
                t = Transpose(w) perm=[1,0]
                y = MatMul(a, t) name="second"
                output y
                """);
        assertThat(found.prunable()).hasSize(1);
        var tied = found.prunable().getFirst();
        assertThat(tied.node()).isEqualTo("first");
        assertThat(tied.matrix().columns().strides()).containsExactly(4L);
        assertThat(tied.aliases()).contains("w", "first", "second");
    }

    @Test
    void anEmbeddingTiedWithAMatMulIsLeftAloneUnlessAskedFor() {
        var model = Dsl.model("""
                input ids int64[4]
                const w float[9,4] seed 1
                e = Gather(w, ids)
                t = Transpose(w) perm=[1,0]
                y = MatMul(e, t) name="head"
                output y
                """);
        assertThat(names(model, List.of(), List.of())).isEmpty();
        assertThat(names(model, List.of(), List.of("w"))).containsExactly("w");
        assertThat(names(model, List.of(), List.of("head"))).containsExactly("w");
    }

    @Test
    void slicesOfOneTensorAreParametersOfTheirOwnUnlessTheyOverlap() {
        var found = all("""
                input x float[1,4]
                const qkv float[4,9] seed 1
                const axes int64[1] = 1
                const zero int64[1] = 0
                const two int64[1] = 2
                const three int64[1] = 3
                const six int64[1] = 6
                wq = Slice(qkv, zero, three, axes)
                wk = Slice(qkv, three, six, axes)
                wo = Slice(qkv, two, six, axes)
                q = MatMul(x, wq) name="q"
                k = MatMul(x, wk) name="k"
                o = MatMul(x, wo) name="o"
                output q
                output k
                output o
                """);
        assertThat(found.prunable()).extracting(Parameter::node).containsExactly("q", "k");
        assertThat(found.prunable()).extracting(Parameter::name).containsExactly("qkv", "qkv#2");
        assertThat(found.blocked()).extracting(Blocked::node).containsExactly("o");
        assertThat(found.blocked().getFirst().reason()).contains("overlaps");
    }

    @Test
    void quantizedWeightsAreBlockedWithAHint() {
        var found = all("""
                input x float[1,3,8,8]
                const q int8[4,3,3,3] = %s
                const s float[] = 0.1
                const z int8[] = 0
                w = DequantizeLinear(q, s, z)
                y = Conv(x, w) name="conv"
                output y
                """.formatted("1 ".repeat(108)));
        assertThat(found.prunable()).isEmpty();
        assertThat(found.blocked()).hasSize(1);
        assertThat(found.blocked().getFirst().node()).isEqualTo("conv");
        assertThat(found.blocked().getFirst().reason()).contains("prune the float model first, then quantize");
    }

    @Test
    void integerConvolutionsAreBlocked() {
        var found = all("""
                input x uint8[1,1,4,4]
                const w uint8[1,1,2,2] = 1 2 3 4
                y = ConvInteger(x, w) name="conv"
                output y
                """);
        assertThat(found.blocked()).extracting(Blocked::name).containsExactly("w");
        assertThat(found.blocked().getFirst().reason()).contains("quantize");
    }

    @Test
    void weightsOfForeignOperatorsAreBlocked() {
        var found = all("""
                opset com.microsoft 1
                input x float[1,4]
                const w float[4,5] seed 1
                y = com.microsoft::FusedMatMul(x, w) name="fused"
                output y
                """);
        assertThat(found.prunable()).isEmpty();
        assertThat(found.blocked()).extracting(Blocked::name).containsExactly("w");
        assertThat(found.blocked().getFirst().reason()).contains("com.microsoft.FusedMatMul");
    }

    @Test
    void weightsOfLocalFunctionsAreBlocked() {
        var weight = Tensors.of("w", DType.FLOAT, List.of(1L, 2L), 1, 2);
        var body = List.of(
                Tensors.constant("inner", Tensors.of("", DType.FLOAT, List.of(2L, 1L), 1, 2)),
                Node.of("product", "MatMul", List.of("a", "b"), List.of("ab")),
                Node.of("second", "MatMul", List.of("ab", "inner"), List.of("c")));
        var function = new Function("Linear", "my", List.of("a", "b"), List.of("c"), body, Carried.NOTHING);
        var call = new Node("call", "Linear", "my", List.of("x", "w"), List.of("y"), List.of(), Carried.NOTHING);
        var plain = Tensors.model(List.of(weight), List.of(call));
        var model = new Model(
                plain.irVersion(), plain.opsets(), plain.graph(), List.of(function), plain.carried(), plain.origins());
        var found = Parameters.of(model, Selection.ALL);
        assertThat(found.prunable()).isEmpty();
        assertThat(found.blocked()).extracting(Blocked::name).containsExactly("w", "inner");
        assertThat(found.blocked())
                .allSatisfy(blocked -> assertThat(blocked.reason()).contains("function Linear"));
    }

    @Test
    void weightsInBodiesAreFoundThereAndInTheGraphAround() {
        var found = all("""
                input c bool[]
                input x float[1,2]
                const outer float[2,2] seed 1
                y = If(c) then_branch={
                  const inner float[2,2] seed 2
                  a = MatMul(x, inner) name="a"
                  output a
                } else_branch={
                  b = MatMul(x, outer) name="b"
                  output b
                }
                output y
                """);
        assertThat(found.prunable()).extracting(Parameter::name).containsExactly("inner", "outer");
    }

    @Test
    void constantNodesAreNamedByTheirOutput() {
        var weight = Tensors.of("", DType.FLOAT, List.of(1L, 2L), 1, 2);
        var model = Tensors.model(
                List.of(),
                List.of(Tensors.constant("k", weight), Node.of("", "MatMul", List.of("x", "k"), List.of("y"))));
        var parameter = Parameters.of(model, Selection.ALL).prunable().getFirst();
        assertThat(parameter.name()).isEqualTo("k");
        assertThat(parameter.node()).isEqualTo("MatMul(y)");
    }

    @Test
    void bothWeightsOfARecurrentLayerAreParameters() {
        var found = all("""
                input x float[3,1,4]
                const w float[1,20,4] seed 1
                const r float[1,20,5] seed 2
                const b float[1,40] seed 3
                y, h = LSTM(x, w, r, b) hidden_size=5 name="lstm"
                output y
                """);
        assertThat(found.prunable()).extracting(Parameter::name).containsExactly("w", "r");
    }

    @Test
    void integerMatricesAreBlocked() {
        var found = all("""
                input x int32[1,2]
                const w int32[2,2] = 1 2 3 4
                y = MatMul(x, w)
                output y
                """);
        assertThat(found.blocked().getFirst().reason()).contains("INT32");
    }
}
