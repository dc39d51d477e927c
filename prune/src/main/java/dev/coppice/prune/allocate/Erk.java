package dev.coppice.prune.allocate;

import java.util.ArrayList;
import java.util.List;

/**
 * Erdős–Rényi-kernel densities (Evci et al. 2020, Rigging the Lottery, section 3 (1)): the density of a weight is in proportion
 * to the sum of its dimensions over their product, so that large weights become sparser than small ones.
 */
public final class Erk {

    private Erk() {}

    /**
     * Returns the density of each weight. Where the rule asks for more than 1 the weight stays dense and the others make up for it.
     *
     * @param shapes the dimensions as the operators see them, kernels included
     * @param kept how many weights stay in all, at most all of them
     */
    public static double[] densities(List<List<Long>> shapes, double kept) {
        var densities = new double[shapes.size()];
        var open = new ArrayList<Integer>();
        for (int i = 0; i < densities.length; i++) {
            densities[i] = 1;
            open.add(i);
        }
        double left = kept;
        while (!open.isEmpty()) {
            double factor =
                    left / open.stream().mapToDouble(i -> sum(shapes.get(i))).sum();
            var full = open.stream()
                    .filter(i -> factor * sum(shapes.get(i)) > product(shapes.get(i)))
                    .toList();
            if (full.isEmpty()) {
                open.forEach(i -> densities[i] = factor * sum(shapes.get(i)) / product(shapes.get(i)));
                break;
            }
            for (int i : full) {
                left -= product(shapes.get(i));
            }
            open.removeAll(full);
        }
        return densities;
    }

    private static double sum(List<Long> shape) {
        return shape.stream().mapToDouble(Long::doubleValue).sum();
    }

    private static double product(List<Long> shape) {
        return shape.stream().mapToDouble(Long::doubleValue).reduce(1, (a, b) -> a * b);
    }
}
