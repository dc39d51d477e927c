package dev.coppice.prune.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.Values;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BranchesTest {

    private static final String TWO_BLOCKS = """
        input x float[n,4,8,8]
        const w1 float[6,4,3,3] seed 1
        const b1 float[6] seed 2
        const w2 float[4,6,1,1] seed 3
        const v float[4,4,3,3] fill 2.0
        c = Conv(x, w1, b1) pads=[1,1,1,1]
        r = Relu(c)
        f = Conv(r, w2)
        y = Add(f, x) name="first"
        g = Conv(y, v) pads=[1,1,1,1]
        z = Add(y, g) name="second"
        output z
        """;

    private static List<String> names(Model model) {
        return Branches.of(model).list().stream().map(Branch::name).toList();
    }

    private static List<String> operators(Model model) {
        return model.graph().nodes().stream().map(Node::opType).toList();
    }

    @Test
    void aBranchIsWhatServesTheSumAlone() {
        var branches = Branches.of(Dsl.model(TWO_BLOCKS)).list();
        assertThat(branches).extracting(Branch::name).containsExactly("w2", "v");
        var first = branches.getFirst();
        assertThat(first.node()).isEqualTo("first");
        assertThat(first.skip()).isEqualTo("x");
        assertThat(first.value()).isEqualTo("f");
        assertThat(first.sum()).isEqualTo("y");
        assertThat(first.weights()).containsExactly("w1", "w2");
        assertThat(first.nodes()).extracting(Node::opType).containsExactly("Conv", "Relu", "Conv");
        assertThat(first.parameters()).isEqualTo(6 * 4 * 9 + 6 + 4 * 6);
    }

    @Test
    void droppingLeavesTheOtherBlocksAndTheirNames() {
        var model = Dsl.model(TWO_BLOCKS);
        var branches = Branches.of(model).list();
        var first = Depth.drop(model, branches.subList(0, 1));
        assertThat(operators(first)).containsExactly("Conv", "Add");
        assertThat(first.graph().nodes().getFirst().input(0)).isEqualTo("x");
        assertThat(first.graph().initializers()).hasSize(1);
        var all = Depth.drop(model, branches);
        assertThat(operators(all)).containsExactly("Identity");
        assertThat(all.graph().nodes().getFirst().inputs()).containsExactly("x");
        assertThat(all.graph().nodes().getFirst().outputs()).containsExactly("z");
        assertThat(Depth.drop(model, List.of())).isSameAs(model);
    }

    @Test
    void whatIsUsedElsewhereIsNoBranch() {
        var branches = Branches.of(Dsl.model("""
            input x float[1,4]
            const w float[4,4] seed 1
            f = MatMul(x, w)
            y = Add(x, f) name="sum"
            output y
            output f
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked())
                .containsExactly(new BlockedBranch("sum", "Add", "'f' is used elsewhere too (an output)"));
    }

    @Test
    void weightsThatServeOthersAreNotDropped() {
        var branches = Branches.of(Dsl.model("""
            input x float[1,4]
            const w float[4,4] seed 1
            f = MatMul(x, w)
            r = Relu(f)
            y = Add(x, r)
            t = Tanh(f)
            output y
            output t
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked())
                .extracting(BlockedBranch::reason)
                .containsExactly("the weights of the branch serve other parts of the model too");
    }

    @Test
    void aSumThatBroadcastsTheSkipIsKept() {
        var branches = Branches.of(Dsl.model("""
            input x float[1,4]
            const w float[4,4] seed 1
            const t int64[2] = 3 4
            f = MatMul(x, w)
            e = Expand(f, t)
            y = Add(x, e)
            output y
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked())
                .extracting(BlockedBranch::reason)
                .containsExactly("'x' of shape [1,4] cannot stand for the sum of shape [3,4]");
    }

    @Test
    void openDimensionsAreComparedWithSizes() {
        var text = """
            input x float[?,?,4]
            input s float[1,1,4]
            const w float[4,4] seed 1
            f = MatMul(%s, w)
            g = Mul(f, %s)
            y = Add(%s, g)
            output y float[?,?,4]
            """;
        assertThat(names(Dsl.model(text.formatted("x", "s", "x")))).containsExactly("w");
        // The scale s becomes as long as x in the branch: the sum is longer than s.
        assertThat(names(Dsl.model(text.formatted("s", "x", "s")))).isEmpty();
    }

    @Test
    void aShortcutWithWeightsIsReported() {
        var branches = Branches.of(Dsl.model("""
            input x float[1,4,8,8]
            const w float[6,4,3,3] seed 1
            const v float[6,4,1,1] seed 2
            f = Conv(x, w) pads=[1,1,1,1]
            s = Conv(x, v)
            y = Add(f, s)
            output y
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked())
                .extracting(BlockedBranch::reason)
                .containsExactly("no operand is the value that the other is computed from: both are computed from 'x'");
    }

    @Test
    void arithmeticWithoutWeightsIsNoBranchAndNotReported() {
        var branches = Branches.of(Dsl.model("""
            input x float[1,4]
            const c float[4] seed 1
            p = Mul(x, x)
            q = Mul(p, c)
            y = Add(x, q)
            output y
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked()).isEmpty();
    }

    @Test
    void askingForAShapeMakesNoBranch() {
        var branches = Branches.of(Dsl.model("""
            input x float[2,4]
            const w float[4,4] seed 1
            s = Shape(x)
            c = ConstantOfShape(s)
            f = MatMul(c, w)
            y = Add(x, f)
            output y
            """));
        assertThat(branches.list()).isEmpty();
        assertThat(branches.blocked()).isEmpty();
    }

    @Test
    void partsThatRunSideBySideAreTwoBranches() {
        var model = Dsl.model("""
            input x float[2,4]
            const s float[4] seed 1
            const w float[4,4] seed 2
            const v float[4,4] seed 3
            n = LayerNormalization(x, s)
            f = MatMul(n, w)
            g = MatMul(n, v)
            a = Add(x, f)
            y = Sum(a, g)
            output y
            """);
        assertThat(names(model)).containsExactly("w", "v");
        var second = Depth.drop(model, Branches.of(model).list().subList(1, 2));
        assertThat(operators(second)).containsExactly("LayerNormalization", "MatMul", "Add", "Identity");
    }

    @Test
    void aBranchWithoutAPlaceForZerosCanOnlyBeDropped() {
        var model = Dsl.model("""
            input x float[2,4]
            const w float[4,4] seed 1
            m = MatMul(x, w)
            g = Sigmoid(m)
            f = Mul(x, g)
            y = Add(x, f)
            output y
            """);
        var branches = Branches.of(model).list();
        assertThat(operators(Depth.drop(model, branches))).containsExactly("Identity");
        assertThat(Depth.maskable(model, branches.getFirst())).isFalse();
        assertThatThrownBy(() -> Depth.mask(model, branches))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("branch 'w' cannot be masked")
                .hasMessageContaining("Sigmoid");
    }

    @Test
    void branchesOfAnotherModelAreRefused() {
        var branches = Branches.of(Dsl.model(TWO_BLOCKS)).list();
        assertThatThrownBy(() -> Depth.drop(Dsl.model(TWO_BLOCKS), branches))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void scoresAreOfAllWeightsOfABranch() {
        var model = Dsl.model("""
            input x float[2,2]
            const w float[2,2] = 1 -1 1 -1
            const v float[2,2] = 0 3 0 -5
            f = MatMul(x, w)
            y = Add(x, f)
            g = MatMul(y, v)
            z = Add(y, g)
            output z
            """);
        assertThat(scores(model, "l1", 0)).containsExactly(new double[] {1, 2}, within(1e-12));
        assertThat(scores(model, "l2", 0)).containsExactly(new double[] {1, Math.sqrt(8.5)}, within(1e-12));
        assertThat(scores(model, "random", 3))
                .isEqualTo(scores(model, "random", 3))
                .isNotEqualTo(scores(model, "random", 4));
        assertThatThrownBy(() -> scores(model, "taylor", 0)).isInstanceOf(UsageException.class);
    }

    private static double[] scores(Model model, String criterion, long seed) {
        return DepthScores.of(model, Branches.of(model).list(), Rule.of(Criteria.named(criterion), seed));
    }

    @Test
    void wandaScoresABranchByItsContribution() {
        var model = Dsl.model(TWO_BLOCKS);
        var branches = Branches.of(model).list();
        var known = Findings.NONE.with(
                Evidence.CONTRIBUTION,
                Map.of(
                        branches.get(0).name(), new Values.Rows(new double[] {.5}),
                        branches.get(1).name(), new Values.Rows(new double[] {3})));
        assertThat(DepthScores.of(model, branches, new Rule(Criteria.named("wanda"), 0, known)))
                .containsExactly(.5, 3);
    }

    @Test
    void contradictingShapesAreRefused() {
        var model = Dsl.model("""
            input x float[2,4]
            const w float[3,4] seed 1
            f = MatMul(x, w)
            y = Add(x, f)
            output y float[2,4]
            """);
        assertThatThrownBy(() -> Branches.of(model)).isInstanceOf(BadModelException.class);
    }

    /** Each line is repeated; {@code $a} is the sum before, {@code $b} the next, {@code $i} the number. */
    private static Model chain(int length, String lines) {
        var text = new StringBuilder("input x float[2,4]\ninput s0 float[2,4]\nconst w float[4,4] seed 1\n");
        for (int i = 1; i <= length; i++) {
            text.append(
                    lines.replace("$a", "s" + (i - 1)).replace("$b", "s" + i).replace("$i", "" + i));
        }
        return Dsl.model(text + "output s" + length + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "const w$i float[4,4] seed $i\nf$i = MatMul($a, w$i)\n$b = Add($a, f$i)\n",
                "f$i = MatMul($a, w)\n$b = Add(f$i, $a)\n",
                "$b = Add($a, x)\n",
                "f$i = Relu($a)\n$b = Add(f$i, $a)\n",
            })
    void stepsGrowAsTheChainOfSums(String lines) {
        long few = Branches.of(chain(50, lines)).steps();
        assertThat(Branches.of(chain(500, lines)).steps()).isLessThanOrEqualTo(11 * few);
    }

    @Test
    void sumsWithinEachOtherAreSearchedUpToABound() {
        var nested = chain(300, "f$i = MatMul($a, w)\n$b = Add(x, f$i)\n");
        var all = Branches.of(nested);
        assertThat(all.steps()).isGreaterThan(100_000);
        var some = Branches.of(nested, 10_000);
        assertThat(some.steps()).isLessThan(20_000);
        assertThat(some.blocked())
                .extracting(BlockedBranch::reason)
                .last()
                .asString()
                .contains("not looked into");
    }
}
