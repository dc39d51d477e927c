package dev.coppice.prune.group;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Slice: indices from a start to an end, every {@code step}-th. */
final class SliceCoupling {

    private SliceCoupling() {}

    static void couple(Site site) {
        var x = site.input(0);
        boolean attributes = site.opset() < 10;
        var given = attributes ? site.integers("axes", -1) : site.has(3) ? site.integers(3) : null;
        if (given == null && !attributes && site.has(3)) {
            throw new Site.UnknownAxes("is cut along axes that are computed while the model runs by");
        }
        var starts = attributes ? site.integers("starts", -1) : site.integers(1);
        var ends = attributes ? site.integers("ends", -1) : site.integers(2);
        var steps = attributes ? null : site.has(4) ? site.integers(4) : null;
        int count = given != null ? given.length : starts != null ? starts.length : ends != null ? ends.length : -1;
        if (count < 0 || (steps == null && !attributes && site.has(4))) {
            throw new Site.UnknownAxes("is cut at places and steps that are computed while the model runs by");
        }
        var shape = site.outputShape(0).orElseThrow(Site.UnknownAxes::new);
        var out = new ArrayList<>(x);
        for (int i = 0; i < count; i++) {
            int at = Site.axis(given == null ? i : given[i], x.size());
            var axis = x.get(at);
            if (!axis.isLive()) {
                boolean whole = starts != null
                        && ends != null
                        && starts[i] == 0
                        && ends[i] >= Integer.MAX_VALUE
                        && (steps == null || steps[i] == 1);
                out.set(at, whole ? axis : site.opaque(shape.dim(at), "comes from"));
                pin(site, i, starts, ends);
            } else if (starts == null || ends == null || !axis.isStatic()) {
                site.block(axis, "is cut at unknown places by");
                pin(site, i, starts, ends);
                out.set(at, site.opaque(shape.dim(at), "comes from"));
            } else {
                out.set(at, sliced(site, axis, i, new long[] {starts[i], ends[i], step(steps, i)}));
            }
        }
        site.output(0, out);
    }

    /** Keeps the bounds of an axis that stays as it is, also where they are computed of sizes that change. */
    private static void pin(Site site, int place, long @Nullable [] starts, long @Nullable [] ends) {
        if (site.opset() < 10) {
            return;
        }
        site.onCut(cut -> {
            if (starts == null) {
                cut.requireUnmoved(1);
            } else if (cut.moved(1)) {
                cut.element(1, place, starts[place]);
            }
            if (ends == null) {
                cut.requireUnmoved(2);
            } else if (cut.moved(2)) {
                cut.element(2, place, ends[place]);
            }
        });
    }

    private static long step(long @Nullable [] steps, int i) {
        return steps == null ? 1 : steps[i];
    }

    private static Axis sliced(Site site, Axis axis, int place, long[] range) {
        int size = axis.length();
        long step = range[2];
        if (step != 1) {
            return strided(site, axis, place, range);
        }
        int from = Math.clamp(range[0] < 0 ? range[0] + size : range[0], 0, size);
        int to = Math.clamp(range[1] < 0 ? range[1] + size : range[1], 0, size);
        if (from == 0 && to == size) {
            site.onCut(cut -> {
                if (cut.moved(2)) {
                    cut.element("ends", 2, place, cut.kept(axis));
                }
            });
            return axis;
        }
        int end = Math.max(from, to);
        var part = SelectionCouplings.part(site, axis, from, end);
        site.onCut(cut -> {
            if (cut.changed(axis) || cut.moved(1) || cut.moved(2)) {
                long before = cut.kept(SelectionCouplings.part(site, axis, 0, from));
                cut.element("starts", 1, place, before);
                cut.element("ends", 2, place, before + cut.kept(part));
            }
        });
        return part;
    }

    /** What is left of every second index need not be every second of what is left: such a Slice becomes a Gather. */
    private static Axis strided(Site site, Axis axis, int place, long[] range) {
        var places = places(range, axis.length());
        var live = ((Factor.Live) axis.factors().getFirst()).labels();
        var taken = places.stream().mapToInt(i -> live[i]).toArray();
        int at = axisOf(site, place);
        site.onCut(cut -> {
            if (cut.changed(axis)) {
                var numbers = cut.positions(axis);
                cut.gather(place, at, kept(places, numbers));
            }
        });
        if (taken.length == 1) {
            site.labels().block(taken[0], site.reason("is picked out by"));
            return site.fixed(1, "is picked out by");
        }
        return Axis.live(taken).withOrigins(axis.origins());
    }

    /** Returns the indices that a range with steps takes of {@code size}; backwards it may end before the first. */
    private static List<Integer> places(long[] range, int size) {
        long step = range[2];
        long from = range[0] < 0 ? range[0] + size : range[0];
        // Exporters write the end of an axis taken backwards as the smallest number there is.
        long to = range[1] < 0 ? range[1] + size : range[1];
        var places = new ArrayList<Integer>();
        if (step > 0) {
            for (long i = Math.clamp(from, 0, size); i < Math.clamp(to, 0, size); i += step) {
                places.add((int) i);
            }
        } else {
            for (long i = Math.clamp(from, -1, size - 1); i > Math.clamp(to, -1, size - 1); i += step) {
                places.add((int) i);
            }
        }
        return places;
    }

    private static long[] kept(List<Integer> places, int[] numbers) {
        return places.stream().mapToLong(i -> numbers[i]).filter(i -> i >= 0).toArray();
    }

    private static int axisOf(Site site, int place) {
        var axes = site.opset() < 10 ? site.integers("axes", -1) : site.has(3) ? site.integers(3) : null;
        return Site.axis(axes == null ? place : axes[place], site.input(0).size());
    }
}
