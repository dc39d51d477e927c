package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Criterion;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PlannerTest {

    private static final Criterion L1 = Criteria.named("l1");
    private static final Pattern SINGLE = new Pattern.Unstructured();

    private static final Model MODEL = random(List.of(10L, 10L), List.of(20L, 5L), List.of(3L, 3L));

    @SafeVarargs
    private static Model random(List<Long>... shapes) {
        var random = new SplittableRandom(3);
        var weights = new ArrayList<Tensor>();
        for (var shape : shapes) {
            int size = Math.toIntExact(shape.getFirst() * shape.getLast());
            var values = random.doubles(size, -1, 1).toArray();
            weights.add(Tensors.of("w" + weights.size(), DType.FLOAT, shape, values));
        }
        return Tensors.model(weights);
    }

    private static List<Long> counts(Model model, PruneRequest request) {
        return Planner.plan(Parameters.of(model, Selection.ALL), request, new Parallel(2)).plan().entries().stream()
                .map(WeightPlan.Entry::unitsToPrune)
                .toList();
    }

    private static PruneRequest request(Allocation allocation, Budget budget, Quota... quotas) {
        return new PruneRequest(L1, SINGLE, allocation, budget, List.of(quotas), 0);
    }

    @Test
    void uniformRoundsHalfUpInEachWeight() {
        assertThat(counts(MODEL, request(Allocation.UNIFORM, new Budget.Sparsity(0.5))))
                .containsExactly(50L, 50L, 5L);
        assertThat(counts(MODEL, request(Allocation.UNIFORM, new Budget.Sparsity(0.285))))
                .containsExactly(29L, 29L, 3L);
    }

    @Test
    void rowUniformRoundsInEachRow() {
        // MatMul weights [K, N]: rows are the N columns, of K weights each.
        assertThat(counts(MODEL, request(Allocation.ROW_UNIFORM, new Budget.Sparsity(0.26))))
                .containsExactly(30L, 25L, 3L);
    }

    @Test
    void theLastQuotaThatMatchesCountsAndLeavesThePool() {
        var quotas = new Quota[] {new Quota("w*", 0.9), new Quota("w1", 0), new Quota("w2", 1 / 3.0)};
        assertThat(counts(MODEL, request(Allocation.UNIFORM, new Budget.Sparsity(0.5), quotas)))
                .containsExactly(90L, 0L, 3L);
        var global = counts(MODEL, request(Allocation.GLOBAL, new Budget.Sparsity(0.5), new Quota("w1", 0.2)));
        assertThat(global.get(1)).isEqualTo(20);
        assertThat(global.get(0) + global.get(2)).isEqualTo(55); // half of 109, rounded up
    }

    @Test
    void quotasCountTowardsANumberOfNonZeros() {
        var counts = counts(MODEL, request(Allocation.GLOBAL, new Budget.MaxNonZeros(120), new Quota("w1", 0.2)));
        assertThat(counts.get(1)).isEqualTo(20);
        assertThat(counts.stream().mapToLong(Long::longValue).sum()).isEqualTo(209 - 120);
        var tooMany = request(Allocation.GLOBAL, new Budget.MaxNonZeros(60), new Quota("w1", 0.2));
        assertThatThrownBy(() -> counts(MODEL, tooMany)).isInstanceOf(UsageException.class);
    }

    @Test
    void aQuotaForNothingIsRefused() {
        var request = request(Allocation.UNIFORM, new Budget.Sparsity(0.5), new Quota("v*", 0.1));
        assertThatThrownBy(() -> counts(MODEL, request))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("v*");
    }

    @Test
    void moreNonZerosThanThereAreWeightsChangesNothing() {
        for (var allocation : Allocation.values()) {
            assertThat(counts(MODEL, request(allocation, new Budget.MaxNonZeros(500))))
                    .containsExactly(0L, 0L, 0L);
        }
    }

    @Test
    void erkFollowsTheFormula() {
        // Evci 2020: density = e * (in + out) / (in * out) with e = kept / sum of (in + out) = 100 / (20 + 25).
        var model = random(List.of(10L, 10L), List.of(20L, 5L));
        double e = 100 / 45.0;
        assertThat(counts(model, request(Allocation.ERK, new Budget.Sparsity(0.5))))
                .containsExactly(Math.round(100 - e * 20), Math.round(100 - e * 25));
    }

    @Test
    void erkKeepsSmallWeightsDenseAndStaysExact() {
        // The 3 x 3 weight would get a density of 100 / 51 * 6 / 9 > 1.
        assertThat(counts(MODEL, request(Allocation.ERK, new Budget.MaxNonZeros(100))))
                .satisfies(counts -> {
                    assertThat(counts.get(2)).isZero();
                    assertThat(counts.get(0) + counts.get(1)).isEqualTo(109);
                    assertThat(counts.get(0)).isEqualTo(Math.round(100 - 91 / 45.0 * 20));
                });
    }

    @Test
    void structuredBudgetsOfNonZerosKeepAtMostThatMany() {
        var rows =
                new PruneRequest(L1, new Pattern.Row(), Allocation.GLOBAL, new Budget.MaxNonZeros(150), List.of(), 0);
        var entries = Planner.plan(Parameters.of(MODEL, Selection.ALL), rows, new Parallel(2))
                .plan()
                .entries();
        long kept =
                entries.stream().mapToLong(e -> e.size() - e.weightsToPrune()).sum();
        assertThat(kept).isLessThanOrEqualTo(150).isGreaterThan(150 - 20);
    }

    @Test
    void requestsWithoutMeaningAreRefused() {
        var twoOfFour = Pattern.parse("2:4");
        refused(twoOfFour, Allocation.UNIFORM, new Budget.Sparsity(0.7), "0.5");
        refused(twoOfFour, Allocation.GLOBAL, new Budget.OfPattern(), "global");
        refused(twoOfFour, Allocation.UNIFORM, new Budget.MaxNonZeros(5), "2:4");
        refused(SINGLE, Allocation.UNIFORM, new Budget.OfPattern(), "unstructured");
        refused(new Pattern.Row(), Allocation.ROW_UNIFORM, new Budget.Sparsity(0.5), "row-uniform");
        refused(new Pattern.Row(), Allocation.UNIFORM, new Budget.MaxNonZeros(5), "uniform");
        for (double share : new double[] {1, 1.5, -0.1, Double.NaN}) {
            assertThatThrownBy(() -> new Budget.Sparsity(share)).isInstanceOf(UsageException.class);
        }
        assertThatThrownBy(() -> new Budget.MaxNonZeros(0)).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Allocation.named("fair")).isInstanceOf(UsageException.class);
        assertThatThrownBy(() -> Criteria.named("l3"))
                .isInstanceOfSatisfying(
                        UsageException.class, e -> assertThat(e.hint()).contains("l1"));
    }

    private static void refused(Pattern pattern, Allocation allocation, Budget budget, String said) {
        assertThatThrownBy(() -> PruneRequest.of(L1, pattern, allocation, budget))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining(said);
    }
}
