package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which allocations share out which patterns. */
class AllocationOfPatternsTest {

    /** Layers of different sizes and magnitudes, so that no two allocations need agree. */
    private static final ParameterList PARAMETERS = Parameters.of(Dsl.model("""
        input x float[n,32]
        const w1 float[32,64] seed 1
        const w2 float[64,16] seed 2
        const w3 float[16,8] seed 3
        a = MatMul(x, w1)
        b = MatMul(a, w2)
        y = MatMul(b, w3)
        output y float[n,8]
        """), Selection.ALL);

    static Stream<Arguments> meaningful() {
        return Stream.of("unstructured", "row", "column", "block:2x1", "block:4x4")
                .flatMap(pattern -> Stream.of("uniform", "global", "erk", "lamp")
                        .map(allocation -> Arguments.of(pattern, allocation)));
    }

    private static Planned plan(String pattern, String allocation, Budget budget) {
        return Planner.plan(
                PARAMETERS,
                PruneRequest.of(Criteria.named("l2"), Pattern.parse(pattern), Allocation.named(allocation), budget),
                new Parallel(1));
    }

    /** Counts the weights that go, by the sizes of the units. */
    private static double pruned(Planned planned) {
        return planned.plan().entries().stream()
                .mapToDouble(entry -> entry.sparsity() * entry.size())
                .sum();
    }

    @ParameterizedTest
    @MethodSource("meaningful")
    void theBudgetIsMetToAUnitOfEachLayer(String pattern, String allocation) {
        var planned = plan(pattern, allocation, new Budget.Sparsity(0.5));
        double unit = planned.plan().entries().stream()
                .mapToDouble(entry -> (double) entry.size() / entry.units())
                .sum();
        assertThat(pruned(planned)).isBetween(0.5 * PARAMETERS.size() - unit, 0.5 * PARAMETERS.size() + unit);
        assertThat(planned.plan().allocate()).isEqualTo(allocation);
    }

    @ParameterizedTest
    @ValueSource(strings = {"row-uniform", "global", "erk", "lamp", "sensitivity"})
    void anNofMPatternIsRefusedAsItFixesEveryShare(String allocation) {
        assertThatThrownBy(() -> plan("2:4", allocation, new Budget.OfPattern()))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("leaves nothing to allocate");
    }

    @ParameterizedTest
    @ValueSource(strings = {"row", "column", "block:2x1"})
    void unitsLargerThanAWeightCannotBeSharedOutByRows(String pattern) {
        assertThatThrownBy(() -> plan(pattern, "row-uniform", new Budget.Sparsity(0.5)))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("shares out single weights");
    }

    @ParameterizedTest
    @ValueSource(strings = {"row", "block:4x4"})
    void aNumberOfNonZerosIsKeptGloballyAndRefusedOtherwise(String pattern) {
        var planned = plan(pattern, "global", new Budget.MaxNonZeros(1000));
        assertThat(PARAMETERS.size() - pruned(planned)).isLessThanOrEqualTo(1000);
        for (var allocation : List.of("uniform", "erk", "lamp", "sensitivity")) {
            assertThatThrownBy(() -> plan(pattern, allocation, new Budget.MaxNonZeros(1000)))
                    .isInstanceOf(UsageException.class);
        }
    }
}
