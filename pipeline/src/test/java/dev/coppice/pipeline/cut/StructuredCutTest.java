package dev.coppice.pipeline.cut;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.group.CutException;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StructuredCutTest {

    private static final Groups MLP = Groups.of(Dsl.model("""
            input x float[N,2]
            const w1 float[2,8] seed 1
            const w2 float[8,20] seed 2
            const w3 float[20,3] seed 3
            h = MatMul(x, w1) name="first"
            r = Relu(h)
            k = MatMul(r, w2) name="second"
            s = Relu(k)
            y = MatMul(s, w3) name="last"
            output y
            """));

    @Test
    void aGroupThatSomeNodeCannotFollowIsWholeAgainAndTheOthersAreCut() {
        var free =
                MLP.list().stream().filter(group -> group.blocked().isEmpty()).toList();
        var stubborn = free.getFirst();
        var other = free.getLast();
        var removal = MLP.nothing();
        removal.remove(stubborn, 0);
        removal.remove(stubborn, 3);
        removal.remove(other, 1);
        var shortfalls = new ArrayList<String>();

        var cut = StructuredCut.possible(MLP, removal, all -> refusing(stubborn.width(), all), shortfalls);

        assertThat(removal.kept(stubborn)).isEqualTo(stubborn.width());
        assertThat(removal.kept(other)).isEqualTo(other.width() - 1);
        assertThat(Groups.of(cut).list().stream().mapToInt(group -> group.width()))
                .contains(stubborn.width(), other.width() - 1);
        assertThat(shortfalls).isEqualTo(List.of(stubborn.name() + " was left as it is: it cannot follow"));
    }

    /** Cuts, but for the group of that width. */
    private static Model refusing(int width, Removal removal) {
        for (var group : MLP.list()) {
            if (group.width() == width && removal.kept(group) < width) {
                throw new CutException("it cannot follow");
            }
        }
        return MLP.cut(removal);
    }
}
