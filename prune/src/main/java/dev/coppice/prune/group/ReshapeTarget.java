package dev.coppice.prune.group;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rewrites the target of a Reshape after a cut. */
final class ReshapeTarget {

    private ReshapeTarget() {}

    /**
     * Makes a target of the sizes that are left. 0 and -1 stay where they still mean the right size.
     *
     * @param target the numbers of the target; null when they are computed while the model runs
     */
    static void rewrite(Rewriting cut, List<Axis> before, List<Axis> after, long @Nullable [] target) {
        boolean moved = cut.moved(1);
        if (!moved && after.stream().noneMatch(cut::changed) && before.stream().noneMatch(cut::changed)) {
            return;
        }
        boolean open = target != null ? Arrays.stream(target).anyMatch(size -> size == -1) : cut.mayHold(1, -1);
        for (int i = 0; i < after.size(); i++) {
            var axis = after.get(i);
            boolean copied = target != null && target[i] == 0 && i < before.size();
            if (copied) {
                if (axis.isStatic() && before.get(i).isStatic() && cut.kept(before.get(i)) != cut.kept(axis)) {
                    cut.element(1, i, cut.kept(axis));
                }
                continue;
            }
            if ((!cut.changed(axis) && !moved) || (target != null ? target[i] == -1 : cut.holds(1, i, -1))) {
                continue;
            }
            if (axis.isStatic()) {
                cut.element(1, i, cut.kept(axis));
            } else if (cut.changed(axis) && !cut.follows(1, i, axis, before)) {
                if (open) {
                    cut.fail("two sizes of the target are products of an unknown size and a pruned one");
                }
                // An open size times what is left of a known one: all other sizes are given, so it is what remains.
                cut.element(1, i, -1);
                open = true;
            }
        }
    }
}
