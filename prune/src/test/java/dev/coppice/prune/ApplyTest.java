package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.ir.testing.TestData;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ApplyTest {

    private static final Parallel TWO = new Parallel(2);

    private static PruneRequest half(String pattern) {
        var kind = Pattern.parse(pattern);
        return PruneRequest.of(
                Criteria.named("l1"),
                kind,
                Allocation.UNIFORM,
                kind instanceof Pattern.NofM ? new Budget.OfPattern() : new Budget.Sparsity(0.5));
    }

    private static Model prune(Model model, PruneRequest request) {
        var parameters = Parameters.of(model, Selection.ALL);
        return Apply.apply(model, parameters, Planner.plan(parameters, request, TWO), TWO);
    }

    private static double[] values(Model model, String name) {
        return Tensors.read(model.graph().initializers().stream()
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow());
    }

    @Test
    void prunesAndLeavesTheRestAsItWas() {
        var model = Dsl.model("""
            input x float[1,2]
            const w float[2,4] = 1 -5 3 4 -2 6 7 -8
            const b float[4] = 1 2 3 4
            y = Gemm(x, w, b)
            output y
            """);
        var pruned = prune(model, half("unstructured"));
        assertThat(values(pruned, "w")).containsExactly(0, -5, 0, 0, 0, 6, 7, -8);
        assertThat(pruned.graph().initializers().get(1))
                .isSameAs(model.graph().initializers().get(1));
        assertThat(pruned.graph().nodes()).isSameAs(model.graph().nodes());
        assertThat(values(model, "w")).containsExactly(1, -5, 3, 4, -2, 6, 7, -8);
    }

    @Test
    void nOfMRunsAlongTheReductionAxis() {
        // Column n of [K=4, N=2] is output feature n: 1 3 5 7 and 8 6 4 2.
        var model = Dsl.model("""
            input x float[1,4]
            const w float[4,2] = 1 8 3 6 5 4 7 2
            y = MatMul(x, w)
            output y
            """);
        assertThat(values(prune(model, half("2:4")), "w")).containsExactly(0, 8, 0, 6, 5, 0, 7, 0);
    }

    @ParameterizedTest
    @CsvSource({
        // channel c at the two places of the kernel: 1 8, 2 7, 3 6, 4 5
        "Conv, 1, '1,4,1,2', 1 8 2 7 3 6 4 5, 0 8 0 7 3 0 4 0",
        "Conv, 2, '2,4,1,2', 1 8 2 7 3 6 4 5 8 1 7 2 6 3 5 4, 0 8 0 7 3 0 4 0 8 0 7 0 0 3 0 4",
        "ConvTranspose, 1, '4,1,1,2', 1 8 2 7 3 6 4 5, 0 8 0 7 3 0 4 0",
        "ConvTranspose, 2, '8,1,1,2', 1 8 2 7 3 6 4 5 8 1 7 2 6 3 5 4, 0 8 0 7 3 0 4 0 8 0 7 0 0 3 0 4",
        // one of three is pruned at each place: two of four with the one that hardware fills up with
        "Conv, 1, '1,3,1,2', 1 8 2 7 3 6, 0 8 2 7 3 0",
        "Conv, 1, '1,6,1,1', 1 2 3 4 5 6, 0 0 3 4 5 6",
        "Conv, 4, '4,1,1,4', 4 3 2 1 1 2 3 4 1 1 1 1 2 2 2 2, 4 3 2 1 1 2 3 4 1 1 1 1 2 2 2 2"
    })
    void nOfMRunsAlongTheInputChannelsOfAConvolution(String op, int group, String dims, String weights, String pruned) {
        int channels = Integer.parseInt(dims.split(",")[op.equals("Conv") ? 1 : 0]) * (op.equals("Conv") ? group : 1);
        var model = Dsl.model("""
            input x float[1,%d,3,4]
            const w float[%s] = %s
            y = %s(x, w) group=%d
            output y
            """.formatted(channels, dims, weights, op, group));
        var expected = Arrays.stream(pruned.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        assertThat(values(prune(model, half("2:4")), "w")).containsExactly(expected);
    }

    @Test
    void nOfMOfALargerKernelLeavesTwoOfFourChannelsAtEachPlace() {
        var model = OnnxReader.read(TestData.shared("cases/files/24-conv.onnx"));
        var parameters = Parameters.of(model, Selection.ALL);
        var planned = Planner.plan(parameters, half("2:4"), TWO);
        var pruned = Apply.apply(model, parameters, planned, TWO);
        for (var parameter : parameters.prunable()) {
            var values = values(pruned, parameter.source().name());
            // [8,8,3,3]: output and input channels of Conv, the other way round of ConvTranspose
            int output = parameter.op().equals("Conv") ? 72 : 9;
            int input = 81 - output;
            for (int i = 0; i < 8 * 9 * 2; i++) {
                int first = i / 18 * output + i / 9 % 2 * 4 * input + i % 9;
                assertThat(IntStream.range(0, 4).filter(c -> values[first + c * input] == 0))
                        .as("four channels from element %d of %s", first, parameter.name())
                        .hasSize(2);
            }
        }
    }

    @Test
    void slicesOfOneTensorArePrunedSideBySide() {
        var model = Dsl.model("""
            input x float[1,1]
            const w float[1,8] = 1 2 3 4 9 8 7 6
            const axes int64[1] = 1
            const from int64[1] = 0
            const half int64[1] = 4
            const to int64[1] = 8
            a = Slice(w, from, half, axes)
            b = Slice(w, half, to, axes)
            p = MatMul(x, a)
            q = MatMul(x, b)
            output p
            output q
            """);
        assertThat(values(prune(model, half("unstructured")), "w")).containsExactly(0, 0, 3, 4, 9, 8, 0, 0);
        assertThat(values(prune(model, half("row")), "w")).containsExactly(0, 0, 3, 4, 9, 8, 0, 0);
    }

    @Test
    void aWeightInAConstantNodeOfABodyIsPruned() {
        var model = Dsl.model("""
            input c bool[]
            input x float[1,1]
            y = If(c) then_branch={
              k = Constant() value=float[1,2]{1,2}
              a = MatMul(x, k)
              output a
            } else_branch={
              b = Concat(x, x) axis=1
              output b
            }
            output y
            """);
        var pruned = prune(model, half("unstructured"));
        var constant =
                pruned.graph().nodes().getFirst().bodies().getFirst().nodes().getFirst();
        assertThat(Tensors.read(constant.tensorAttribute("value").orElseThrow()))
                .containsExactly(0, 2);
    }

    @Test
    void anAlreadyPrunedModelIsPrunedFurther() {
        var model = Tensors.model(List.of(Tensors.of("w", DType.FLOAT, List.of(1L, 4L), 4, 3, 2, 1)));
        var quarter = PruneRequest.of(
                Criteria.named("l1"), new Pattern.Unstructured(), Allocation.UNIFORM, new Budget.Sparsity(0.25));
        assertThat(values(prune(prune(model, quarter), half("unstructured")), "w"))
                .containsExactly(4, 3, 0, 0);
    }

    @Test
    void sparsityZeroChangesNothing() {
        var model = Tensors.model(List.of(Tensors.of("w", DType.FLOAT, List.of(1L, 2L), 1, Double.NaN)));
        for (var allocation : Allocation.values()) {
            var none = PruneRequest.of(
                    Criteria.named("l1"), new Pattern.Unstructured(), allocation, new Budget.Sparsity(0));
            var parameters = Parameters.of(model, Selection.ALL);
            var planned = Planner.plan(parameters, none, TWO);
            assertThat(planned.plan().isEmpty()).isTrue();
            assertThat(Apply.apply(model, parameters, planned, TWO)).isSameAs(model);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"unstructured", "row", "2:4", "block:2x1"})
    void aWeightThatIsNotANumberIsNamed(String pattern) {
        for (double bad : new double[] {Double.NaN, Double.NEGATIVE_INFINITY}) {
            for (String criterion : List.of("l1", "l2", "random")) {
                var weight = Tensors.of("broken", DType.FLOAT16, List.of(4L, 2L), 1, 2, 3, 4, 5, bad, 7, 8);
                var model = Tensors.model(List.of(Tensors.of("fine", DType.FLOAT, List.of(2L, 1L), 1, 2), weight));
                var plain = half(pattern);
                var request =
                        PruneRequest.of(Criteria.named(criterion), plain.pattern(), plain.allocation(), plain.budget());
                assertThatThrownBy(() -> prune(model, request))
                        .isInstanceOf(BadModelException.class)
                        .hasMessageContaining("broken")
                        .hasMessageContaining("element 5");
            }
        }
    }

    @Test
    void globalAndLampNameABrokenWeightToo() {
        var model = Tensors.model(List.of(Tensors.of("broken", DType.FLOAT, List.of(1L, 3L), 1, Double.NaN, 2)));
        for (var allocation : List.of(Allocation.GLOBAL, Allocation.LAMP)) {
            var request = PruneRequest.of(
                    Criteria.named("l1"), new Pattern.Unstructured(), allocation, new Budget.Sparsity(0.5));
            assertThatThrownBy(() -> prune(model, request))
                    .isInstanceOf(BadModelException.class)
                    .hasMessageContaining("element 1");
        }
    }

    @Test
    void aPlanMayBeEdited() {
        var model = Tensors.model(List.of(Tensors.of("w", DType.FLOAT, List.of(1L, 4L), 4, 3, 2, 1)));
        var plan = Planner.plan(Parameters.of(model, Selection.ALL), half("unstructured"), TWO)
                .plan();
        assertThat(values(Apply.apply(model, withCount(plan, 3), TWO), "w")).containsExactly(4, 0, 0, 0);
    }

    private static WeightPlan withCount(WeightPlan plan, long count) {
        var e = plan.entries().getFirst();
        var edited =
                new WeightPlan.Entry(e.name(), e.node(), e.op(), e.shape(), e.rows(), e.columns(), e.units(), count);
        return new WeightPlan(plan.criterion(), plan.granularity(), plan.allocate(), plan.seed(), List.of(edited));
    }

    @Test
    void aPlanThatDoesNotFitTheModelIsRefused() {
        var model = Tensors.model(List.of(Tensors.of("w", DType.FLOAT, List.of(1L, 4L), 4, 3, 2, 1)));
        var plan = Planner.plan(Parameters.of(model, Selection.ALL), half("unstructured"), TWO)
                .plan();
        var nOfM = Planner.plan(Parameters.of(model, Selection.ALL), half("2:4"), TWO)
                .plan();
        assertThatThrownBy(() -> Apply.apply(model, withCount(plan, 5), TWO)).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> Apply.apply(model, withCount(nOfM, 1), TWO)).isInstanceOf(BadInputException.class);
        assertThat(Apply.apply(model, withCount(nOfM, 0), TWO)).isSameAs(model);
        var renamed = Tensors.model(List.of(Tensors.of("v", DType.FLOAT, List.of(1L, 4L), 4, 3, 2, 1)));
        assertThatThrownBy(() -> Apply.apply(renamed, plan, TWO))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("w");
        var reshaped = Tensors.model(List.of(Tensors.of("w", DType.FLOAT, List.of(2L, 2L), 4, 3, 2, 1)));
        assertThatThrownBy(() -> Apply.apply(reshaped, plan, TWO)).isInstanceOf(BadInputException.class);
    }

    @Test
    void aTiedWeightIsMaskedOnceForAllItsUsers() {
        var weight = Tensors.of("w", DType.FLOAT, List.of(2L, 2L), 1, 4, 3, 2);
        var model = Tensors.model(
                List.of(weight),
                List.of(
                        Node.of("a", "MatMul", List.of("x", "w"), List.of("y")),
                        Node.of("b", "MatMul", List.of("y", "w"), List.of("z"))));
        var plan = Planner.plan(Parameters.of(model, Selection.ALL), half("unstructured"), TWO)
                .plan();
        assertThat(plan.entries()).hasSize(1);
        assertThat(values(prune(model, half("unstructured")), "w")).containsExactly(0, 4, 3, 0);
    }
}
