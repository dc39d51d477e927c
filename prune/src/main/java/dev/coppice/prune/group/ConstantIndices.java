package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes at places that constants name: such places are known, so that what is read or written there is coupled index by
 * index, and the constants are numbered anew after a cut. Each method says whether it has coupled the node; if not, nothing has
 * been done.
 */
final class ConstantIndices {

    private final Site site;
    private final IndexGrid grid;
    private final List<Axis> indexed;
    private final List<@Nullable Axis> axes;

    private ConstantIndices(Site site, IndexGrid grid, List<Axis> indexed) {
        this.site = site;
        this.grid = grid;
        this.indexed = indexed;
        this.axes = new ArrayList<@Nullable Axis>();
        for (int i = 0; i < grid.rank(); i++) {
            axes.add(null);
        }
    }

    /** GatherND without batch axes: data [indexed.., rest..], indices [grid.., K] -> [grid.., rest..]. */
    static boolean gather(Site site, List<Axis> data) {
        var places = listed(site, data);
        if (places == null) {
            return false;
        }
        site.ignore(1);
        var out = new ArrayList<Axis>();
        places.run();
        for (int i = 0; i < places.grid.rank(); i++) {
            out.add(places.axis(i));
        }
        out.addAll(data.subList(places.indexed.size(), data.size()));
        site.output(0, out);
        places.renumber(true);
        return true;
    }

    /** ScatterND: data [indexed.., rest..], indices [grid.., K], updates [grid.., rest..]. */
    static boolean scatter(Site site, List<Axis> data) {
        var places = listed(site, data);
        var updates = site.input(2);
        if (places == null || updates.size() != places.grid.rank() + data.size() - places.indexed.size()) {
            return false;
        }
        site.ignore(1);
        places.run();
        for (int i = 0; i < places.grid.rank(); i++) {
            site.same(updates.get(i), places.axis(i));
        }
        var out = new ArrayList<>(places.indexed);
        for (int i = places.indexed.size(); i < data.size(); i++) {
            out.add(site.same(data.get(i), updates.get(places.grid.rank() + i - places.indexed.size())));
        }
        site.output(0, out);
        places.renumber(true);
        return true;
    }

    /** The indices as places of the first axes of the data; null when they are not constant, or no list for each live axis. */
    private static @Nullable ConstantIndices listed(Site site, List<Axis> data) {
        var tensor = site.constant(1)
                .filter(indices -> indices.type().integral() && !indices.dims().isEmpty())
                .orElse(null);
        var grid = tensor == null ? null : IndexGrid.of(tensor);
        if (tensor == null || grid == null || tensor.dims().getLast() > data.size()) {
            return null;
        }
        int components = Math.toIntExact(tensor.dims().getLast());
        for (int i = 0; i < components; i++) {
            if (data.get(i).isLive() && (!data.get(i).isStatic() || grid.axis(i) == -2)) {
                return null;
            }
        }
        return new ConstantIndices(site, grid, data.subList(0, components));
    }

    /** Couples each axis of the grid with the places that it counts through. */
    private void run() {
        for (int i = 0; i < indexed.size(); i++) {
            if (!indexed.get(i).isLive()) {
                continue;
            }
            int axis = grid.axis(i);
            var live = ((Factor.Live) indexed.get(i).factors().getFirst()).labels();
            var numbers = grid.numbers(i, axis, live.length);
            var picked = Arrays.stream(numbers).map(number -> live[number]).toArray();
            if (axis == IndexGrid.NOWHERE || picked.length == 1) {
                for (int label : picked) {
                    site.labels().block(label, site.reason("is picked out by"));
                }
                continue;
            }
            var along = Axis.live(picked).withOrigins(indexed.get(i).origins());
            var known = axes.get(axis);
            axes.set(axis, known == null ? along : site.same(known, along));
        }
    }

    private Axis axis(int i) {
        var axis = axes.get(i);
        return axis == null ? site.fixed(grid.size(i), "is at constant places of") : axis;
    }

    /** Fits the indices to a cut. */
    private void renumber(boolean listed) {
        var sizes = indexed.stream()
                .mapToInt(axis -> axis.isStatic() ? axis.length() : 0)
                .toArray();
        site.onCut(cut -> {
            var kept = new ArrayList<int @Nullable []>();
            boolean changed = false;
            for (var axis : axes) {
                changed |= axis != null && cut.changed(axis);
                kept.add(axis == null || !cut.changed(axis) ? null : stays(cut.positions(axis)));
            }
            var numbers = new ArrayList<int @Nullable []>();
            for (var axis : indexed) {
                changed |= cut.changed(axis);
                numbers.add(cut.changed(axis) ? cut.positions(axis) : null);
            }
            if (changed) {
                var left = grid.left(kept, numbers, sizes, listed);
                cut.numbers(1, left.dims(), left.values());
            }
        });
    }

    private static int[] stays(int[] positions) {
        return IntStream.range(0, positions.length)
                .filter(i -> positions[i] >= 0)
                .toArray();
    }

    /** GatherElements and ScatterElements: the indices run along all axes, and name places of axis {@code at}. */
    static boolean elements(Site site, List<Axis> data, int at, boolean writes) {
        var tensor = site.constant(1)
                .filter(indices -> indices.type().integral() && indices.dims().size() == data.size())
                .orElse(null);
        var grid = tensor == null ? null : IndexGrid.ofSingle(tensor);
        if (tensor == null || grid == null) {
            return false;
        }
        var places = new ConstantIndices(site, grid, List.of(data.get(at)));
        var updates = writes ? site.input(2) : List.<Axis>of();
        site.ignore(1);
        places.alongOthers(data, at);
        boolean list = data.get(at).isStatic() && grid.isAlong(at);
        if (list) {
            places.run(at);
        } else {
            site.block(data.get(at), IndexCouplings.LISTED);
        }
        var out = new ArrayList<Axis>();
        for (int i = 0; i < data.size(); i++) {
            out.add(writes ? data.get(i) : places.axis(i));
            if (writes) {
                site.same(updates.get(i), places.axis(i));
            }
        }
        site.output(0, out);
        places.renumber(false);
        return true;
    }

    /** An axis that is not indexed passes, where the indices run along the whole of it. */
    private void alongOthers(List<Axis> data, int at) {
        for (int i = 0; i < data.size(); i++) {
            var axis = data.get(i);
            if (i == at || !axis.isLive()) {
                continue;
            }
            if (axis.isStatic() && axis.length() == grid.size(i)) {
                axes.set(i, axis);
            } else {
                site.block(axis, "is used as far as constant indices go by");
            }
        }
    }

    /** Couples the places of one list along axis {@code at}. */
    private void run(int at) {
        if (!indexed.getFirst().isLive()) {
            return;
        }
        var live = ((Factor.Live) indexed.getFirst().factors().getFirst()).labels();
        var picked = Arrays.stream(grid.numbers(0, at, live.length))
                .map(i -> live[i])
                .toArray();
        if (picked.length == 1) {
            site.labels().block(picked[0], site.reason("is picked out by"));
        } else {
            axes.set(at, Axis.live(picked).withOrigins(indexed.getFirst().origins()));
        }
    }
}
