package dev.coppice.prune.allocate;

import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;
import java.util.List;

/** Numbers the pieces of several weights one after the other, as tasks. */
final class Pieces {

    private final List<UnitKeys> pool;
    private final int[] firstTask;

    Pieces(List<UnitKeys> pool) {
        this.pool = pool;
        firstTask = new int[pool.size() + 1];
        for (int i = 0; i < pool.size(); i++) {
            firstTask[i + 1] = Math.addExact(firstTask[i], pool.get(i).pieces());
        }
    }

    int count() {
        return firstTask[pool.size()];
    }

    UnitKeys keys(int task) {
        return pool.get(weight(task));
    }

    int piece(int task) {
        return task - firstTask[weight(task)];
    }

    /** Returns which weight of the pool a task belongs to. */
    int weight(int task) {
        int found = Arrays.binarySearch(firstTask, task);
        // Of equal entries (weights without pieces) the last one begins the task's weight.
        int index = found >= 0 ? found : -found - 2;
        while (firstTask[index + 1] == task) {
            index++;
        }
        return index;
    }

    /** Returns the most units that a piece has. */
    int most() {
        return pool.stream().mapToInt(UnitKeys::pieceUnits).max().orElse(0);
    }
}
