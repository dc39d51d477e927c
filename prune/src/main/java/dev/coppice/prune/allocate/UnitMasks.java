package dev.coppice.prune.allocate;

import dev.coppice.ir.Mask;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.ArrayList;
import java.util.List;

/** Marks the units below a threshold. */
final class UnitMasks {

    private final List<UnitKeys> pool;
    private final Threshold threshold;
    private final List<Mask> masks;
    private final List<Task> tasks = new ArrayList<>();

    /** Pieces of one weight whose units share no word of the mask with other tasks. */
    private record Task(int weight, int fromPiece, int toPiece) {}

    private UnitMasks(List<UnitKeys> pool, Threshold threshold) {
        this.pool = pool;
        this.threshold = threshold;
        this.masks = pool.stream().map(keys -> new Mask(keys.units())).toList();
        for (int weight = 0; weight < pool.size(); weight++) {
            var keys = pool.get(weight);
            int step = keys.pieceUnits() % Long.SIZE == 0 ? 1 : Math.max(1, keys.pieces());
            for (int piece = 0; piece < keys.pieces(); piece += step) {
                tasks.add(new Task(weight, piece, Math.min(keys.pieces(), piece + step)));
            }
        }
    }

    static List<Mask> of(List<UnitKeys> pool, Threshold threshold, Parallel parallel) {
        var marking = new UnitMasks(pool, threshold);
        var equal = new long[marking.tasks.size()];
        parallel.forEach(equal.length, () -> {
            var marker = marking.new Marker();
            return task -> equal[task] = marker.markBelow(marking.tasks.get(task));
        });
        marking.markTies(equal, parallel);
        return marking.masks;
    }

    /** Gives the ties to the first tasks that have some. */
    private void markTies(long[] equal, Parallel parallel) {
        var quotas = new long[equal.length];
        var concerned = new ArrayList<Integer>();
        long left = threshold.ties();
        for (int task = 0; task < equal.length && left > 0; task++) {
            quotas[task] = Math.min(left, equal[task]);
            left -= quotas[task];
            if (quotas[task] > 0) {
                concerned.add(task);
            }
        }
        parallel.forEach(concerned.size(), () -> {
            var marker = new Marker();
            return i -> marker.markEqual(tasks.get(concerned.get(i)), quotas[concerned.get(i)]);
        });
    }

    private final class Marker {

        private final Scratch scratch = new Scratch();
        private final long[] keys =
                new long[pool.stream().mapToInt(UnitKeys::pieceUnits).max().orElse(0)];

        /** Marks units below the threshold and returns how many stand at it. */
        long markBelow(Task task) {
            var units = pool.get(task.weight);
            long equal = 0;
            for (int piece = task.fromPiece; piece < task.toPiece; piece++) {
                int count = units.read(piece, keys, scratch);
                mark(keys, count, threshold.key(), units.firstUnit(piece), masks.get(task.weight));
                equal += countEqual(keys, count, threshold.key());
            }
            return equal;
        }

        void markEqual(Task task, long quota) {
            var units = pool.get(task.weight);
            var mask = masks.get(task.weight);
            long left = quota;
            for (int piece = task.fromPiece; piece < task.toPiece && left > 0; piece++) {
                int count = units.read(piece, keys, scratch);
                for (int i = 0; i < count && left > 0; i++) {
                    if (keys[i] == threshold.key()) {
                        mask.prune(units.firstUnit(piece) + i);
                        left--;
                    }
                }
            }
        }

        private static void mark(long[] keys, int count, long threshold, long first, Mask mask) {
            for (int i = 0; i < count; ) {
                int word = (int) ((first + i) >>> 6);
                int bit = (int) (first + i) & 63;
                int end = Math.min(count, i + 64 - bit);
                long bits = 0;
                for (; i < end; i++) {
                    // The sign of the difference, without a branch that would be mispredicted half of the time.
                    bits |= ((keys[i] - threshold) >>> 63) << bit++;
                }
                mask.word(word, mask.word(word) | bits);
            }
        }

        private static long countEqual(long[] keys, int count, long key) {
            long equal = 0;
            for (int i = 0; i < count; i++) {
                equal += keys[i] == key ? 1 : 0;
            }
            return equal;
        }
    }
}
