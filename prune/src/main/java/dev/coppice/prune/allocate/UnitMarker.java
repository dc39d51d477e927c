package dev.coppice.prune.allocate;

import dev.coppice.ir.Mask;
import dev.coppice.prune.pattern.Scratch;
import dev.coppice.prune.score.UnitKeys;
import java.util.Arrays;

/** One thread's part in marking units. Its loops run once for every weight of a model: no branch in them but rare ones. */
final class UnitMarker {

    private final Bucket bucket;
    private final long[] keys;
    private final int[] places;
    private final Scratch scratch = new Scratch();

    /** Consecutive pieces of one weight. */
    record Task(UnitKeys units, Mask mask, int fromPiece, int toPiece) {}

    /** The units of a task whose key is in the bucket, in order. */
    static final class Candidates {

        private long[] keys = new long[64];
        private long[] units = new long[64];
        private int count;

        int count() {
            return count;
        }

        void copyKeys(long[] into, int at) {
            System.arraycopy(keys, 0, into, at, count);
        }

        private void add(long key, long unit) {
            if (count == keys.length) {
                keys = Arrays.copyOf(keys, 2 * count);
                units = Arrays.copyOf(units, 2 * count);
            }
            keys[count] = key;
            units[count++] = unit;
        }

        /** Marks those below the threshold and the first {@code ties} at it; returns how many ties are left. */
        long mark(Mask mask, long threshold, long ties) {
            long left = ties;
            for (int i = 0; i < count; i++) {
                if (keys[i] < threshold || (keys[i] == threshold && left-- > 0)) {
                    mask.prune(units[i]);
                }
            }
            return Math.max(0, left);
        }
    }

    UnitMarker(int pieceUnits, Bucket bucket) {
        this.bucket = bucket;
        this.keys = new long[pieceUnits];
        this.places = new int[pieceUnits];
    }

    /** Marks the units below the bucket and returns those in it. */
    Candidates markAndCollect(Task task) {
        var found = new Candidates();
        for (int piece = task.fromPiece; piece < task.toPiece; piece++) {
            int count = task.units.read(piece, keys, scratch);
            long first = task.units.firstUnit(piece);
            int inside = mark(keys, count, bucket, first, task.mask, places);
            for (int i = 0; i < inside; i++) {
                found.add(keys[places[i]], first + places[i]);
            }
        }
        return found;
    }

    /** Marks the units below the threshold and returns how many are at it. */
    long markAndCount(Task task) {
        long equal = 0;
        for (int piece = task.fromPiece; piece < task.toPiece; piece++) {
            int count = task.units.read(piece, keys, scratch);
            equal += mark(keys, count, bucket, task.units.firstUnit(piece), task.mask, places);
        }
        return equal;
    }

    /** Marks the first {@code quota} units at the threshold. */
    void markEqual(Task task, long quota) {
        long left = quota;
        for (int piece = task.fromPiece; piece < task.toPiece && left > 0; piece++) {
            int count = task.units.read(piece, keys, scratch);
            for (int i = 0; i < count && left > 0; i++) {
                if (keys[i] == bucket.low()) {
                    task.mask.prune(task.units.firstUnit(piece) + i);
                    left--;
                }
            }
        }
    }

    /** Marks the units below the bucket; puts the places of those in it into {@code inside} and returns how many these are. */
    private static int mark(long[] keys, int count, Bucket bucket, long first, Mask mask, int[] inside) {
        long low = bucket.low();
        // Compared as unsigned numbers, distances below zero are large.
        long end = bucket.high() - low + 1 + Long.MIN_VALUE;
        int found = 0;
        for (int i = 0; i < count; ) {
            int word = (int) ((first + i) >>> 6);
            int bit = (int) (first + i) & 63;
            int wordEnd = Math.min(count, i + 64 - bit);
            long bits = 0;
            for (; i < wordEnd; i++) {
                long distance = keys[i] - low;
                // The sign: a branch would be mispredicted half of the time.
                bits |= (distance >>> 63) << bit++;
                if (distance + Long.MIN_VALUE < end) {
                    inside[found++] = i;
                }
            }
            mask.word(word, mask.word(word) | bits);
        }
        return found;
    }
}
