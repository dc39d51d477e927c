package dev.coppice.prune.group;

import dev.coppice.ir.Dim;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds how the axes of a reshaped value are made of those before: from the outermost inwards and from the innermost outwards as
 * far as sizes are known or are known to be equal; what is left between is one axis, or is blocked.
 */
final class ReshapeAxes {

    private final Site site;
    private final List<Dim> dims;
    private final List<Object> ids;
    private final Deque<Factor> before = new ArrayDeque<>();
    private final Set<Origin> origins = new HashSet<>();
    private final Axis[] result;
    private int first;
    private int last;

    /**
     * Prepares a reshape.
     *
     * @param dims the sizes afterwards
     * @param ids what an open size afterwards is known to be equal to; an empty text when that is nothing
     */
    ReshapeAxes(Site site, List<Axis> axes, List<Dim> dims, List<Object> ids) {
        this.site = site;
        this.dims = dims;
        this.ids = ids;
        for (var axis : axes) {
            if (!axis.isOne()) {
                before.addAll(axis.factors());
                origins.addAll(axis.origins());
            }
        }
        result = new Axis[dims.size()];
        last = dims.size();
    }

    List<Axis> align() {
        while (first < last && outermost()) {
            first++;
        }
        while (first < last && innermost()) {
            last--;
        }
        rest();
        return List.of(result).stream().map(axis -> axis.withOrigins(origins)).toList();
    }

    /** Makes the outermost axis that is left; says whether that was possible. */
    private boolean outermost() {
        if (dims.get(first).is(1)) {
            result[first] = site.fixed(1, "is added by");
            return true;
        }
        if (before.isEmpty()) {
            return false;
        }
        if (before.getFirst() instanceof Factor.Open(var id)) {
            if (dims.get(first) instanceof Dim.Known || !id.equals(ids.get(first))) {
                return false;
            }
            result[first] = Axis.of(before.removeFirst());
            return true;
        }
        if (!(dims.get(first) instanceof Dim.Known(long size)) || size < 1) {
            return false;
        }
        var taken = new ArrayList<Factor>();
        long wanted = size;
        while (wanted > 1 && !before.isEmpty() && !before.getFirst().isOpen()) {
            var next = before.removeFirst();
            if (next.length() > wanted && next.length() % wanted == 0) {
                var parts = Axis.split(next, Math.toIntExact(next.length() / wanted), site.labels());
                before.addFirst(parts.getLast());
                next = parts.getFirst();
            }
            taken.add(next);
            if (next.length() == 0 || wanted % next.length() != 0) {
                return giveBack(taken, true);
            }
            wanted /= next.length();
        }
        if (wanted != 1) {
            return giveBack(taken, true);
        }
        result[first] = new Axis(Axis.product(taken, site.labels()), Set.of());
        return true;
    }

    /** Makes the innermost axis that is left; says whether that was possible. */
    private boolean innermost() {
        int at = last - 1;
        if (dims.get(at).is(1)) {
            result[at] = site.fixed(1, "is added by");
            return true;
        }
        if (before.isEmpty()) {
            return false;
        }
        if (before.getLast() instanceof Factor.Open(var id)) {
            if (dims.get(at) instanceof Dim.Known || !id.equals(ids.get(at))) {
                return false;
            }
            result[at] = Axis.of(before.removeLast());
            return true;
        }
        if (!(dims.get(at) instanceof Dim.Known(long size)) || size < 1) {
            return false;
        }
        var taken = new ArrayList<Factor>();
        long wanted = size;
        while (wanted > 1 && !before.isEmpty() && !before.getLast().isOpen()) {
            var next = before.removeLast();
            if (next.length() > wanted && next.length() % wanted == 0) {
                var parts = Axis.split(next, Math.toIntExact(wanted), site.labels());
                before.addLast(parts.getFirst());
                next = parts.getLast();
            }
            taken.addFirst(next);
            if (next.length() == 0 || wanted % next.length() != 0) {
                return giveBack(taken, false);
            }
            wanted /= next.length();
        }
        if (wanted != 1) {
            return giveBack(taken, false);
        }
        result[at] = new Axis(Axis.product(taken, site.labels()), Set.of());
        return true;
    }

    private boolean giveBack(List<Factor> taken, boolean outer) {
        for (var factor : outer ? taken.reversed() : taken) {
            if (outer) {
                before.addFirst(factor);
            } else {
                before.addLast(factor);
            }
        }
        return false;
    }

    /** Makes what neither end reaches: one axis of all that is left, or opaque ones. */
    private void rest() {
        var left = List.copyOf(before);
        var open = new ArrayList<Integer>();
        for (int i = first; i < last; i++) {
            if (dims.get(i).is(1)) {
                result[i] = site.fixed(1, "is added by");
            } else {
                open.add(i);
            }
        }
        if (open.size() == 1 && !left.isEmpty() && !contradicts(dims.get(open.getFirst()), left)) {
            result[open.getFirst()] = new Axis(Axis.product(left, site.labels()), Set.of());
            return;
        }
        for (var factor : left) {
            site.block(Axis.of(factor), "is divided up in a way that is not known by");
        }
        for (int i : open) {
            result[i] = site.opaque(dims.get(i), "comes from");
        }
    }

    /** A known size made of factors of unknown size says that these are not what they seem. */
    private static boolean contradicts(Dim dim, List<Factor> factors) {
        return dim instanceof Dim.Known && factors.stream().anyMatch(Factor::isOpen);
    }
}
