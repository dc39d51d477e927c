package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StructuredPlanTest {

    private static StructuredPlan.Entry entry(String name, int width, Integer... removed) {
        return new StructuredPlan.Entry(name, "n", "channel", width, List.of(removed));
    }

    private static StructuredPlan plan(StructuredPlan.Entry... entries) {
        return new StructuredPlan("l1", "channel", "uniform", 0, List.of(entries));
    }

    @Test
    void aPlanOfTwoStepsCountsTheUnitsOfBeforeTheFirst() {
        var first = plan(entry("a", 6, 1, 4), entry("b", 3));
        // Of a, units 0, 2, 3 and 5 are left: the second's number 1 is unit 2, its number 3 is unit 5.
        var second = plan(entry("b", 3, 0), entry("a", 4, 1, 3));
        assertThat(first.then(second)).isEqualTo(plan(entry("a", 6, 1, 2, 4, 5), entry("b", 3, 0)));
    }

    @Test
    void aGroupThatALaterPlanLeavesOutStaysAsItIs() {
        var first = plan(entry("a", 6, 1));
        assertThat(first.then(plan(entry("b", 2, 1)))).isEqualTo(first);
        assertThat(first.then(plan())).isEqualTo(first);
    }
}
