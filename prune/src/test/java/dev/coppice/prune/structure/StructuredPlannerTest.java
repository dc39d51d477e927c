package dev.coppice.prune.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Quota;
import dev.coppice.prune.Selection;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.prune.structure.StructuredRequest.Limits;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StructuredPlannerTest {

    /** Two hidden layers of 8 and 20 neurons. Neuron i of the first has weights of i + 1 everywhere. */
    private static final Groups MLP = Groups.of(Dsl.model("""
        input x float[N,2]
        const w1 float[2,8] = 1 2 3 4 5 6 7 8  1 2 3 4 5 6 7 8
        const w2 float[8,20] seed 1
        const w3 float[20,3] seed 2
        h = MatMul(x, w1) name="first"
        r = Relu(h)
        k = MatMul(r, w2) name="second"
        s = Relu(k)
        y = MatMul(s, w3) name="last"
        output y
        """));

    private static final List<Group> FREE =
            MLP.list().stream().filter(group -> group.blocked().isEmpty()).toList();

    private static StructuredRequest request(Criterion criterion, Allocation allocation, Target target) {
        return request(criterion, allocation, target, Selection.ALL, Limits.NONE);
    }

    private static StructuredRequest request(
            Criterion criterion, Allocation allocation, Target target, Selection selection, Limits limits) {
        return new StructuredRequest(
                Scoring.of(criterion), Set.of(Granularity.CHANNEL), allocation, target, List.of(), selection, limits);
    }

    private static StructuredPlanner.Planned plan(StructuredRequest request) {
        return StructuredPlanner.plan(MLP, request, Findings.NONE, StructuredPlannerTest::macs);
    }

    /** Products of the widths that are left, over those of the whole: 16 + 160 + 60. */
    private static double macs(Removal removal) {
        int first = removal.kept(FREE.get(0));
        int second = removal.kept(FREE.get(1));
        return (2.0 * first + first * second + 3.0 * second) / 236;
    }

    private static List<Integer> removed(StructuredPlanner.Planned planned, String name) {
        return planned.plan().entries().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow()
                .removed();
    }

    @Test
    void uniformRemovesTheSameShareOfEveryGroup() {
        var planned = plan(request(Criteria.named("l2"), Allocation.UNIFORM, new Target.Share(0.25)));
        assertThat(removed(planned, "w1")).hasSize(2);
        assertThat(removed(planned, "w2")).hasSize(5);
        assertThat(planned.shortfalls()).isEmpty();
    }

    @Test
    void theScoreOfAUnitIsOfAllThatIsCoupledToIt() {
        var groups = Groups.of(Dsl.model("""
            input x float[N,2]
            const w1 float[2,3] = 1 1 3  1 1 3
            const w2 float[3,2] = 9 9  1 1  1 1
            h = MatMul(x, w1)
            y = MatMul(h, w2)
            output y
            """));
        var planned = StructuredPlanner.plan(
                groups,
                request(Criteria.named("l1"), Allocation.UNIFORM, new Target.Share(0.34)),
                Findings.NONE,
                _ -> 1);
        // By w1 alone units 0 and 1 tie; by both, 0 has 1/5 + 18/22, 1 has 1/5 + 2/22, 2 has 3/5 + 2/22.
        assertThat(removed(planned, "w1")).containsExactly(1);
    }

    @Test
    void normsOfSeveralMatricesCountRelativeToTheirMatrix() {
        var groups = Groups.of(Dsl.model("""
            input x float[N,2]
            const w1 float[2,3] = 2 1 1  2 1 1
            const w2 float[3,2] = 1 1  90 90  30 30
            h = MatMul(x, w1)
            y = MatMul(h, w2)
            output y
            """));
        var planned = StructuredPlanner.plan(
                groups,
                request(Criteria.named("l1"), Allocation.UNIFORM, new Target.Share(0.34)),
                Findings.NONE,
                _ -> 1);
        // Norms of w1: 4 2 2, relative 1.5 .75 .75; of w2: 2 180 60, relative .02 2.23 .74. In plain sums 0 would be
        // the least.
        assertThat(removed(planned, "w1")).containsExactly(2); // .75 against .76 and 1.49
    }

    @Test
    void wandaWeighsTheOutgoingWeightsByTheEnergyOfTheActivations() {
        var groups = Groups.of(Dsl.model("""
            input x float[N,2]
            const w1 float[2,3] = 1 1 1  1 1 1
            const w2 float[3,2] = 1 1  2 2  3 3
            h = MatMul(x, w1)
            y = MatMul(h, w2)
            output y
            """));
        // energy * sum of squares: 100 * 2, 1 * 8, 1 * 18
        var planned = StructuredPlanner.plan(
                groups,
                request(Criteria.named("wanda"), Allocation.UNIFORM, new Target.Share(0.67)),
                Findings.NONE.with(Evidence.CONTRIBUTION, Map.of("h@1", new Values.Rows(new double[] {100, 1, 1}))),
                _ -> 1);
        assertThat(removed(planned, "w1")).containsExactly(1, 2);
    }

    @Test
    void globalTakesTheLowestScoresOfAllButNeverAWholeGroup() {
        var planned = plan(request(Criteria.named("l1"), Allocation.GLOBAL, new Target.Share(0.9)));
        assertThat(removed(planned, "w1").size() + removed(planned, "w2").size())
                .isEqualTo(25);
        assertThat(removed(planned, "w1")).hasSizeLessThan(8);
        assertThat(removed(planned, "w2")).hasSizeLessThan(20);
    }

    @Test
    void theLeastShareThatWasAskedForStays() {
        var planned = plan(request(
                Criteria.named("l1"),
                Allocation.GLOBAL,
                new Target.Share(0.9),
                Selection.ALL,
                new Limits(1, 0.5, false)));
        assertThat(removed(planned, "w1")).hasSize(4);
        assertThat(removed(planned, "w2")).hasSize(10);
    }

    @Test
    void theLeastShareIsRoundedUpToWholeUnits() {
        for (var allocation : List.of(Allocation.UNIFORM, Allocation.GLOBAL)) {
            var planned = plan(request(
                    Criteria.named("l1"),
                    allocation,
                    new Target.Share(0.95),
                    Selection.ALL,
                    new Limits(1, 0.3, false)));
            assertThat(removed(planned, "w1")).hasSize(5); // 2.4 of 8 stay: 3
            assertThat(removed(planned, "w2")).hasSize(14); // 6 of 20
        }
    }

    @Test
    void roundToLeavesMultiples() {
        for (double share : new double[] {0.1, 0.3, 0.5, 0.8}) {
            var planned = plan(request(
                    Criteria.named("l2"),
                    Allocation.UNIFORM,
                    new Target.Share(share),
                    Selection.ALL,
                    new Limits(4, 0, false)));
            assertThat(8 - removed(planned, "w1").size()).isPositive().matches(kept -> kept % 4 == 0);
            assertThat(20 - removed(planned, "w2").size()).isPositive().matches(kept -> kept % 4 == 0);
        }
    }

    @Test
    void aBudgetOfMacsIsMetAndNotUndercutByMoreThanAUnit() {
        for (var allocation : List.of(Allocation.UNIFORM, Allocation.GLOBAL)) {
            var planned = plan(request(Criteria.named("random"), allocation, new Target.MaxMacs(0.5)));
            assertThat(macs(planned.removal())).isLessThanOrEqualTo(0.5).isGreaterThan(0.5 - 2 * 22.0 / 236);
            assertThat(planned.shortfalls()).isEmpty();
        }
    }

    @Test
    void aBudgetOfWeightsIsMet() {
        var planned = plan(request(Criteria.named("l1"), Allocation.GLOBAL, new Target.MaxParameters(100)));
        assertThat(MLP.matrixSize(planned.removal())).isLessThanOrEqualTo(100).isGreaterThan(60);
    }

    @Test
    void aBudgetOfArithmeticLeavesAloneWhatCannotBeCounted() {
        for (var allocation : List.of(Allocation.UNIFORM, Allocation.GLOBAL)) {
            var request = request(Criteria.named("l1"), allocation, new Target.MaxMacs(0.5));
            var planned = StructuredPlanner.plan(MLP, request, Findings.NONE, new MacSavings() {
                @Override
                public double left(Removal removal) {
                    return removal.kept(FREE.getFirst()) / 8.0;
                }

                @Override
                public boolean isCounted(Group group) {
                    return group == FREE.getFirst();
                }
            });
            assertThat(planned.plan().entries()).singleElement().satisfies(entry -> {
                assertThat(entry.name()).isEqualTo(FREE.getFirst().name());
                assertThat(entry.removed()).hasSize(4);
            });
            assertThat(planned.uncounted()).containsExactly(FREE.getLast());
            assertThat(planned.blocked()).contains(FREE.getLast());
            assertThat(planned.shortfalls()).isEmpty();
        }
    }

    @Test
    void aBudgetThatCannotBeMetIsSaid() {
        var planned = plan(request(Criteria.named("l1"), Allocation.UNIFORM, new Target.MaxMacs(0.001)));
        assertThat(planned.shortfalls()).singleElement().asString().contains("cannot be reached");
        assertThat(planned.removal().kept(FREE.getFirst())).isEqualTo(1);
    }

    @Test
    void keepProtectsReadersTooAndOnlyMeansProducers() {
        var keep = plan(request(
                Criteria.named("l1"),
                Allocation.UNIFORM,
                new Target.Share(0.5),
                new Selection(List.of("last"), List.of()),
                Limits.NONE));
        assertThat(keep.plan().entries()).extracting(StructuredPlan.Entry::name).containsExactly("w1");
        var only = plan(request(
                Criteria.named("l1"),
                Allocation.UNIFORM,
                new Target.Share(0.5),
                new Selection(List.of(), List.of("sec*")),
                Limits.NONE));
        assertThat(only.plan().entries()).extracting(StructuredPlan.Entry::name).containsExactly("w2");
        assertThatThrownBy(() -> plan(request(
                        Criteria.named("l1"),
                        Allocation.UNIFORM,
                        new Target.Share(0.5),
                        new Selection(List.of("nowhere"), List.of()),
                        Limits.NONE)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("nowhere");
    }

    @Test
    void aShareOfItsOwnTakesAGroupOutOfThePool() {
        var request = new StructuredRequest(
                Scoring.of(Criteria.named("l1")),
                Set.of(Granularity.CHANNEL),
                Allocation.UNIFORM,
                new Target.Share(0.5),
                List.of(new Quota("first", 0.25)),
                Selection.ALL,
                Limits.NONE);
        assertThat(removed(plan(request), "w1")).hasSize(2);
        assertThat(removed(plan(request), "w2")).hasSize(10);
    }

    @Test
    void randomScoresDependOnTheSeedAlone() {
        var request = request(Criteria.named("random"), Allocation.UNIFORM, new Target.Share(0.5));
        assertThat(plan(request).plan()).isEqualTo(plan(request).plan());
        var other = new StructuredRequest(
                new Scoring(Criteria.named("random"), 1),
                Set.of(Granularity.CHANNEL),
                Allocation.UNIFORM,
                new Target.Share(0.5),
                List.of(),
                Selection.ALL,
                Limits.NONE);
        assertThat(plan(other).plan().entries())
                .isNotEqualTo(plan(request).plan().entries());
    }
}
