package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import dev.coppice.ir.eval.SliceRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Operators that cut, join or extend along axes. */
final class SliceRules {

    static final Map<String, Rule> RULES = Map.of(
            "Slice", in -> List.of(in.map(0, s -> slice(in, s))),
            "DynamicSlice", in -> List.of(in.map(0, s -> slice(in, s))),
            "Split", SliceRules::split,
            "Concat", SliceRules::concat,
            "Pad", in -> List.of(in.map(0, s -> pad(in, s))),
            "CenterCropPad", in -> List.of(in.map(0, s -> crop(in, s))));

    private SliceRules() {}

    private static Shape slice(NodeContext in, Shape shape) {
        var starts = in.integers(1, "starts");
        var ends = in.integers(2, "ends");
        var axes = axes(in, 3, starts == null ? 0 : starts.size());
        var steps = in.has(4) ? in.integers(4, "") : null;
        if (starts == null || ends == null || axes == null || (in.has(4) && steps == null)) {
            return new Shape(Collections.nCopies(shape.rank(), Dim.unknown()));
        }
        if (starts.size() != ends.size()
                || axes.size() != ends.size()
                || (steps != null && steps.size() != ends.size())) {
            throw in.bad("starts, ends, axes and steps of different lengths");
        }
        var dims = new ArrayList<>(shape.dims());
        for (int i = 0; i < axes.size(); i++) {
            int axis = in.axis(axes.get(i), shape.rank());
            var step = steps == null ? Term.of(1) : steps.get(i);
            dims.set(axis, slice(in, shape.dim(axis), starts.get(i), ends.get(i), step));
        }
        return new Shape(dims);
    }

    private static Dim slice(NodeContext in, Dim size, Term start, Term end, Term step) {
        if (step.is(0)) {
            throw in.bad("a step of 0");
        }
        boolean fromFirst = start.is(0) && step.is(1);
        boolean toLast = end instanceof Term.Whole(long e) && e >= Integer.MAX_VALUE;
        if (fromFirst && (toLast || (size.isIdentified() && end.toDim().equals(size)))) {
            return size;
        }
        return size instanceof Dim.Known(long n)
                        && start instanceof Term.Whole(long from)
                        && end instanceof Term.Whole(long to)
                        && step instanceof Term.Whole(long by)
                ? Dim.of(SliceRange.of(from, to, by, n).count())
                : Dim.unknown();
    }

    /** Returns the axes that are given; the leading ones when none are; null when they are not known. */
    private static @Nullable List<Long> axes(NodeContext in, int input, int count) {
        return in.given(input, "axes")
                ? in.numbers(input, "axes")
                : LongStream.range(0, count).boxed().toList();
    }

    private static List<Typed> split(NodeContext in) {
        int parts = in.node().outputs().size();
        var shape = in.shape(0);
        if (shape == null) {
            return Collections.nCopies(parts, in.like(0));
        }
        int axis = in.axis(in.integer("axis", 0), shape.rank());
        var sizes = in.integers(1, "split");
        if (sizes != null && sizes.size() != parts) {
            throw in.bad("%d sizes for %d parts".formatted(sizes.size(), parts));
        }
        var outputs = new ArrayList<Typed>();
        for (int i = 0; i < parts; i++) {
            var dims = new ArrayList<>(shape.dims());
            if (sizes != null) {
                dims.set(axis, sizes.get(i).toDim());
            } else {
                dims.set(axis, in.has(1) ? Dim.unknown() : equalPart(shape.dim(axis), i, parts));
            }
            outputs.add(Typed.of(in.type(0), dims));
        }
        return outputs;
    }

    /** The last part is the smaller one when the size is no multiple. */
    private static Dim equalPart(Dim size, int part, int parts) {
        return parts == 1
                ? size
                : Dims.map(size, n -> {
                    long each = Math.ceilDiv(n, parts);
                    return Math.clamp(n - part * each, 0, each);
                });
    }

    private static List<Typed> concat(NodeContext in) {
        List<Dim> dims = new ArrayList<>();
        int axis = -1;
        for (int i = 0; i < in.inputs().size(); i++) {
            var shape = in.shape(i);
            if (shape == null) {
                return List.of(in.like(0).shape() == null ? in.like(0) : Typed.ofRank(in.type(0), rank(in)));
            }
            if (i == 0) {
                axis = in.axis(in.integer("axis", 1), shape.rank());
                dims.addAll(shape.dims());
                continue;
            }
            in.rank(shape, dims.size(), dims.size());
            for (int k = 0; k < dims.size(); k++) {
                dims.set(k, k == axis ? Dims.add(dims.get(k), shape.dim(k)) : same(in, dims.get(k), shape.dim(k)));
            }
        }
        return List.of(Typed.of(in.type(0), dims));
    }

    private static int rank(NodeContext in) {
        var shape = in.shape(0);
        return shape == null ? 0 : shape.rank();
    }

    private static Dim same(NodeContext in, Dim a, Dim b) {
        if (a instanceof Dim.Known && b instanceof Dim.Known && !a.equals(b)) {
            throw in.bad("parts of sizes %s and %s beside the axis".formatted(a, b));
        }
        return Dims.either(a, b);
    }

    private static Shape pad(NodeContext in, Shape shape) {
        var pads = in.integers(1, in.node().attribute("paddings").isPresent() ? "paddings" : "pads");
        int rank = shape.rank();
        var axes = axes(in, 3, rank);
        if (pads == null || axes == null) {
            return new Shape(Collections.nCopies(rank, Dim.unknown()));
        }
        int count = axes.size();
        if (pads.size() != 2 * count) {
            throw in.bad("%d pads for an input of shape %s".formatted(pads.size(), shape));
        }
        var dims = new ArrayList<>(shape.dims());
        for (int i = 0; i < count; i++) {
            int axis = in.axis(axes.get(i), rank);
            dims.set(axis, padded(in, shape.dim(axis), pads.get(i), pads.get(count + i)));
        }
        return new Shape(dims);
    }

    /** Pads may be negative and then cut. */
    private static Dim padded(NodeContext in, Dim size, Term before, Term after) {
        if (!(before instanceof Term.Whole(long b)) || !(after instanceof Term.Whole(long a))) {
            return Dim.unknown();
        }
        long both = Math.addExact(a, b);
        if (size instanceof Dim.Known(long n) && Math.addExact(n, both) < 0) {
            throw in.bad("pads of %d and %d for %d elements".formatted(b, a, n));
        }
        return both == 0 ? size : Dims.map(size, n -> n + both);
    }

    private static Shape crop(NodeContext in, Shape shape) {
        var sizes = in.integers(1, "shape");
        var axes = axes(in, 3, shape.rank());
        if (sizes == null || axes == null || sizes.size() != axes.size()) {
            return new Shape(Collections.nCopies(shape.rank(), Dim.unknown()));
        }
        var dims = new ArrayList<>(shape.dims());
        for (int i = 0; i < axes.size(); i++) {
            dims.set(in.axis(axes.get(i), shape.rank()), sizes.get(i).toDim());
        }
        return new Shape(dims);
    }
}
