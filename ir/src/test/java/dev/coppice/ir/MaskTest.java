package dev.coppice.ir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MaskTest {

    @Test
    void aNewMaskPrunesNothing() {
        var mask = new Mask(130);
        assertThat(mask.count()).isZero();
        assertThat(mask.words()).isEqualTo(3);
    }

    @Test
    void prunedElementsAreCountedAndFound() {
        var mask = new Mask(130);
        for (long i : new long[] {0, 63, 64, 129, 129}) {
            mask.prune(i);
        }
        assertThat(mask.count()).isEqualTo(4);
        assertThat(mask.isPruned(64)).isTrue();
        assertThat(mask.isPruned(65)).isFalse();
        assertThat(mask.word(2)).isEqualTo(0b10);
    }

    @Test
    void aUnionPrunesWhatEitherPrunes() {
        var first = new Mask(70);
        first.prune(1);
        var second = new Mask(70);
        second.prune(69);
        var union = first.or(second);
        assertThat(union.count()).isEqualTo(2);
        assertThat(first.count()).isOne();
        assertThatThrownBy(() -> first.or(new Mask(71))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void masksOfTheSameElementsAreEqual() {
        var first = new Mask(70);
        first.prune(3);
        var second = new Mask(70);
        second.word(0, 8);
        assertThat(first).isEqualTo(second).hasSameHashCodeAs(second);
        assertThat(first).isNotEqualTo(new Mask(70)).isNotEqualTo(new Mask(71));
    }
}
