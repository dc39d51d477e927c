package dev.coppice.prune.allocate;

import java.util.ArrayList;
import java.util.List;

/**
 * How much worse a model becomes as one layer is pruned: straight between the points, 0 at sparsity 0, and never falling.
 *
 * @param sparsities ascending, from 0
 * @param damages not negative, from 0
 */
public record DamageCurve(List<Double> sparsities, List<Double> damages) {

    public DamageCurve {
        sparsities = List.copyOf(sparsities);
        damages = List.copyOf(damages);
        if (sparsities.size() != damages.size()
                || sparsities.isEmpty()
                || sparsities.getFirst() != 0
                || damages.getFirst() != 0) {
            throw new IllegalArgumentException("no curve from (0, 0): " + sparsities + ", " + damages);
        }
    }

    /**
     * Fits a rising curve to measurements by least squares: pool adjacent violators (Ayer et al. 1955), nothing below 0. Measurements are
     * noisy, and a layer that seems to gain by pruning must not be pruned for that.
     *
     * @param sparsities ascending, above 0
     * @param damages as measured; one that is no number ends the curve before it
     */
    public static DamageCurve fit(List<Double> sparsities, List<Double> damages) {
        var sums = new ArrayList<Double>();
        var counts = new ArrayList<Integer>();
        int known = 0;
        while (known < damages.size() && Double.isFinite(damages.get(known))) {
            sums.add(damages.get(known++));
            counts.add(1);
            for (int last = sums.size() - 1;
                    last > 0 && sums.get(last - 1) / counts.get(last - 1) > sums.get(last) / counts.get(last);
                    last--) {
                sums.set(last - 1, sums.get(last - 1) + sums.removeLast());
                counts.set(last - 1, counts.get(last - 1) + counts.removeLast());
            }
        }
        var fitted = new ArrayList<>(List.of(0.0));
        for (int block = 0; block < sums.size(); block++) {
            for (int i = 0; i < counts.get(block); i++) {
                fitted.add(Math.max(0, sums.get(block) / counts.get(block)));
            }
        }
        var places = new ArrayList<>(List.of(0.0));
        places.addAll(sparsities.subList(0, known));
        return new DamageCurve(places, fitted);
    }

    /** Returns the highest sparsity that is known. */
    public double most() {
        return sparsities.getLast();
    }

    /** Returns the damage at a sparsity up to {@link #most}. */
    public double at(double sparsity) {
        for (int i = 1; i < sparsities.size(); i++) {
            if (sparsity <= sparsities.get(i)) {
                double share = (sparsity - sparsities.get(i - 1)) / (sparsities.get(i) - sparsities.get(i - 1));
                return damages.get(i - 1) + share * (damages.get(i) - damages.get(i - 1));
            }
        }
        return damages.getLast();
    }
}
