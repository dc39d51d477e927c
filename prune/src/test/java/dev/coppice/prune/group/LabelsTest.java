package dev.coppice.prune.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LabelsTest {

    private static final Reason WHY = new Reason("n", "Op", "is in the way of");

    private final Labels labels = new Labels();

    private Set<Integer> classes(int[] all) {
        var classes = new HashSet<Integer>();
        for (int label : all) {
            classes.add(labels.find(label));
        }
        return classes;
    }

    @Test
    void unifiedLabelsAreOne() {
        var a = labels.fresh(3);
        var b = labels.fresh(3);
        for (int i = 0; i < 3; i++) {
            labels.unify(a[i], b[i]);
        }
        labels.unify(a[0], b[1]);
        assertThat(labels.find(b[0])).isEqualTo(labels.find(a[1])).isNotEqualTo(labels.find(a[2]));
    }

    @Test
    void anAxisThatIsSplitTwiceHasTheSameParts() {
        var flat = new Factor.Live(labels.fresh(12));
        var first = Axis.split(flat, 4, labels);
        var again = Axis.split(flat, 4, labels);
        for (int part = 0; part < 2; part++) {
            var one = ((Factor.Live) first.get(part)).labels();
            var other = ((Factor.Live) again.get(part)).labels();
            assertThat(one).hasSize(part == 0 ? 3 : 4);
            for (int i = 0; i < one.length; i++) {
                assertThat(labels.find(one[i])).isEqualTo(labels.find(other[i]));
            }
        }
        assertThat(classes(((Factor.Live) first.getFirst()).labels())).hasSize(3);
        assertThat(classes(((Factor.Live) first.getLast()).labels())).hasSize(4);
        // Position 6 is the pair (1, 2).
        assertThat(labels.leaves(flat.labels()[6]))
                .containsExactly(
                        labels.find(((Factor.Live) first.getFirst()).labels()[1]),
                        labels.find(((Factor.Live) first.getLast()).labels()[2]));
    }

    @Test
    void aProductOfTheTwoPartsIsTheWhole() {
        var flat = new Factor.Live(labels.fresh(6));
        var parts = Axis.split(flat, 3, labels);
        var product = Axis.product(new ArrayList<>(parts), labels);
        var whole = ((Factor.Live) product.getFirst()).labels();
        for (int i = 0; i < 6; i++) {
            assertThat(labels.leaves(whole[i])).isEqualTo(labels.leaves(flat.labels()[i]));
        }
    }

    @Test
    void whatRepeatsIsNotSplitButStandsForAll() {
        var heads = labels.fresh(3);
        var repeated = Axis.product(List.of(new Factor.Live(heads), new Factor.Fixed(4, WHY)), labels);
        var parts = Axis.split(repeated.getFirst(), 4, labels);
        assertThat(((Factor.Live) parts.getFirst()).labels()).containsExactly(heads);
        assertThat(parts.getLast()).isInstanceOf(Factor.Fixed.class);
    }

    @Test
    void whatBlocksAPairBlocksItsPartsAlsoThoseItGetsLater() {
        var variable = labels.fresh(1)[0];
        labels.block(variable, WHY);
        var outer = labels.fresh(1)[0];
        var inner = labels.fresh(1)[0];
        labels.unify(variable, labels.pair(outer, inner));
        assertThat(labels.reason(outer)).isEqualTo(WHY);
        assertThat(labels.reason(inner)).isEqualTo(WHY);
        var other = labels.pair(labels.fresh(1)[0], labels.fresh(1)[0]);
        labels.normalise(other);
        for (int leaf : labels.leaves(other)) {
            assertThat(labels.isNormalised(leaf)).isTrue();
        }
    }

    @Test
    void aLabelThatWouldContainItselfCollapses() {
        var outer = labels.fresh(1)[0];
        var inner = labels.fresh(1)[0];
        var pair = labels.pair(outer, inner);
        labels.unify(outer, pair);
        assertThat(labels.find(outer)).isEqualTo(labels.find(inner)).isEqualTo(labels.find(pair));
        assertThat(labels.leaves(pair)).hasSize(1);
    }
}
