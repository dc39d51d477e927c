package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * One axis of a value: the product of its factors, the outermost first; no two neighbours are both of known size. Elementwise
 * operators hand an axis on as it is, so that most couplings cost nothing.
 *
 * @param origins the axes of constants of which it is made; empty for those of activations
 */
record Axis(List<Factor> factors, Set<Origin> origins) {

    Axis {
        factors = List.copyOf(factors);
        origins = Set.copyOf(origins);
    }

    static Axis of(Factor factor) {
        return new Axis(List.of(factor), Set.of());
    }

    static Axis live(int[] labels) {
        return of(new Factor.Live(labels));
    }

    static Axis fixed(int size, Reason reason) {
        return of(new Factor.Fixed(size, reason));
    }

    Axis withOrigins(Set<Origin> others) {
        return new Axis(factors, others);
    }

    /** Says whether the size is known. */
    boolean isStatic() {
        return factors.stream().noneMatch(Factor::isOpen);
    }

    boolean isOne() {
        return isStatic() && length() == 1;
    }

    boolean isLive() {
        return factors.stream().anyMatch(factor -> factor instanceof Factor.Live);
    }

    /** Returns the number of indices; throws {@link IllegalStateException} when it is not known. */
    int length() {
        return factors.isEmpty() ? 1 : factors.getFirst().length();
    }

    /** Returns one axis that counts through others, the last one fastest. */
    static List<Factor> product(List<Factor> factors, Labels labels) {
        var product = new ArrayList<Factor>();
        for (var factor : factors) {
            if (!factor.isOpen() && !product.isEmpty() && !product.getLast().isOpen()) {
                product.add(product(product.removeLast(), factor, labels));
            } else {
                product.add(factor);
            }
        }
        return product;
    }

    private static Factor product(Factor outer, Factor inner, Labels labels) {
        if (outer.length() == 1) {
            return inner;
        }
        if (inner.length() == 1) {
            return outer;
        }
        int width = inner.length();
        if (outer instanceof Factor.Fixed(int size, var reason) && inner instanceof Factor.Fixed) {
            return new Factor.Fixed(Math.multiplyExact(size, width), reason);
        }
        var both = labels.array((long) outer.length() * width);
        for (int i = 0; i < both.length; i++) {
            both[i] = switch (outer) {
                case Factor.Live(int[] rows)
                when inner instanceof Factor.Live(int[] columns) -> labels.pair(rows[i / width], columns[i % width]);
                case Factor.Live(int[] rows) -> rows[i / width];
                default -> ((Factor.Live) inner).labels()[i % width];
            };
        }
        return new Factor.Live(both);
    }

    /** Returns the two factors of sizes {@code length / inner} and {@code inner} whose product a factor is. */
    static List<Factor> split(Factor factor, int inner, Labels labels) {
        int outer = factor.length() / inner;
        if (outer * inner != factor.length()) {
            throw new IllegalArgumentException(factor.length() + " indices are no " + outer + " x " + inner);
        }
        if (factor instanceof Factor.Fixed(int _, var reason)) {
            return List.of(new Factor.Fixed(outer, reason), new Factor.Fixed(inner, reason));
        }
        var all = ((Factor.Live) factor).labels();
        var why = new Reason("", "", "stands for all of an axis that is pruned otherwise");
        if (repeats(all, inner, 1, labels)) {
            return List.of(new Factor.Live(every(all, outer, inner)), new Factor.Fixed(inner, why));
        }
        if (repeats(all, 1, inner, labels)) {
            return List.of(new Factor.Fixed(outer, why), new Factor.Live(every(all, inner, 1)));
        }
        var rows = labels.fresh(outer);
        var columns = labels.fresh(inner);
        for (int i = 0; i < all.length; i++) {
            labels.unify(all[i], labels.pair(rows[i / inner], columns[i % inner]));
        }
        return List.of(new Factor.Live(rows), new Factor.Live(columns));
    }

    /** Says whether runs of {@code run} neighbours, or the same ones {@code apart} further on, have one label. */
    private static boolean repeats(int[] all, int run, int apart, Labels labels) {
        for (int i = 0; i < all.length; i++) {
            int same = run > 1 ? i / run * run : i % apart;
            if (labels.find(all[i]) != labels.find(all[same])) {
                return false;
            }
        }
        return true;
    }

    private static int[] every(int[] all, int count, int step) {
        var taken = new int[count];
        for (int i = 0; i < count; i++) {
            taken[i] = all[i * step];
        }
        return taken;
    }
}
