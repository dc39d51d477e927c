package dev.coppice.prune.allocate;

import dev.coppice.ir.Mask;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.score.UnitKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Marks the units below a threshold that is known to lie in a bucket. */
final class UnitMasks {

    private final List<UnitKeys> pool;
    private final Bucket bucket;
    private final Parallel parallel;
    private final List<Mask> masks;
    private final List<UnitMarker.Task> tasks = new ArrayList<>();

    private UnitMasks(List<UnitKeys> pool, Bucket bucket, Parallel parallel) {
        this.pool = pool;
        this.bucket = bucket;
        this.parallel = parallel;
        this.masks = pool.stream().map(keys -> new Mask(keys.units())).toList();
        for (int weight = 0; weight < pool.size(); weight++) {
            var keys = pool.get(weight);
            // Two tasks must not write to the same word of a mask.
            int step = keys.pieceUnits() % Long.SIZE == 0 ? 1 : Math.max(1, keys.pieces());
            for (int piece = 0; piece < keys.pieces(); piece += step) {
                int end = Math.min(keys.pieces(), piece + step);
                tasks.add(new UnitMarker.Task(keys, masks.get(weight), piece, end));
            }
        }
    }

    /** Returns for each weight the mask of its units that go. */
    static List<Mask> of(List<UnitKeys> pool, Bucket bucket, Parallel parallel) {
        var marking = new UnitMasks(pool, bucket, parallel);
        if (bucket.isExact()) {
            marking.markWithTies();
        } else {
            marking.markWithCandidates();
        }
        return marking.masks;
    }

    private UnitMarker newMarker() {
        return new UnitMarker(pool.stream().mapToInt(UnitKeys::pieceUnits).max().orElse(0), bucket);
    }

    /** Keeps what lies in the bucket aside while marking, and looks among that for the threshold. */
    private void markWithCandidates() {
        var candidates = new UnitMarker.Candidates[tasks.size()];
        parallel.forEach(candidates.length, () -> {
            var marker = newMarker();
            return task -> candidates[task] = marker.markAndCollect(tasks.get(task));
        });
        int count =
                Arrays.stream(candidates).mapToInt(UnitMarker.Candidates::count).sum();
        var all = new long[count];
        int at = 0;
        for (var part : candidates) {
            part.copyKeys(all, at);
            at += part.count();
        }
        var keys = new ArrayKeys(pool.getFirst(), all, count, pool.getFirst().keyBits());
        var exact = new RadixSelect(List.of(keys), parallel).exact(bucket.missing());
        long ties = exact.missing();
        for (int task = 0; task < candidates.length; task++) {
            ties = candidates[task].mark(tasks.get(task).mask(), exact.low(), ties);
        }
    }

    /** Counts ties while marking, and gives them to the first tasks that have some. */
    private void markWithTies() {
        var equal = new long[tasks.size()];
        parallel.forEach(equal.length, () -> {
            var marker = newMarker();
            return task -> equal[task] = marker.markAndCount(tasks.get(task));
        });
        var quotas = new long[equal.length];
        long left = bucket.missing();
        for (int task = 0; task < equal.length; task++) {
            quotas[task] = Math.min(left, equal[task]);
            left -= quotas[task];
        }
        parallel.forEach(quotas.length, () -> {
            var marker = newMarker();
            return task -> marker.markEqual(tasks.get(task), quotas[task]);
        });
    }
}
