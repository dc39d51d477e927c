package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import java.util.Collections;
import java.util.List;

/**
 * The sliding window of a convolution or a pooling: lists with one entry a spatial axis, pads with two (all begins, then all ends).
 *
 * @param autoPad NOTSET, VALID, SAME_UPPER or SAME_LOWER
 */
record Window(
        List<Dim> kernel, List<Long> strides, List<Long> dilations, List<Long> pads, String autoPad, boolean ceil) {

    /** Reads a node's window over {@code axes} spatial axes; throws when an attribute does not fit. */
    static Window of(NodeContext in, List<Dim> kernel, int axes) {
        var window = new Window(
                kernel,
                list(in, "strides", 1, axes),
                list(in, "dilations", 1, axes),
                list(in, "pads", 0, 2 * axes),
                in.node().stringAttribute("auto_pad", "NOTSET"),
                in.flag("ceil_mode", false));
        if (kernel.size() != axes || window.strides.stream().anyMatch(s -> s < 1)) {
            throw in.bad("a kernel %s with strides %s over %d axes".formatted(kernel, window.strides, axes));
        }
        return window;
    }

    private static List<Long> list(NodeContext in, String attribute, long otherwise, int size) {
        var given = in.ints(attribute);
        if (given == null || given.isEmpty()) {
            return Collections.nCopies(size, otherwise);
        }
        if (given.size() != size) {
            throw in.bad("%s %s where %d are due".formatted(attribute, given, size));
        }
        return given;
    }

    /** Returns how many positions the window takes along a spatial axis of the given size. */
    Dim positions(NodeContext in, int axis, Dim size) {
        long stride = strides.get(axis);
        if (autoPad.startsWith("SAME")) {
            return stride == 1 ? size : Dims.map(size, s -> Math.ceilDiv(s, stride));
        }
        if (!(kernel.get(axis) instanceof Dim.Known(long width))) {
            return Dim.unknown();
        }
        long before = autoPad.equals("VALID") ? 0 : pads.get(axis);
        long after = autoPad.equals("VALID") ? 0 : pads.get(axis + strides.size());
        long surplus = Math.subtractExact(Math.addExact(before, after), extent(axis, width) - 1);
        if (surplus == 0 && stride == 1) {
            return size;
        }
        if (!(size instanceof Dim.Known(long length))) {
            return Dim.unknown();
        }
        long last = Math.addExact(length, surplus) - 1;
        if (last < 0) {
            throw in.bad("a window of %d over %d elements (with pads %s)".formatted(extent(axis, width), length, pads));
        }
        long positions = (ceil ? Math.ceilDiv(last, stride) : last / stride) + 1;
        // A window must start inside the input or the padding before it, not in the one behind.
        boolean beyond = ceil && (positions - 1) * stride >= length + before;
        return Dim.of(beyond ? positions - 1 : positions);
    }

    /** Returns the size that a transposed convolution makes of an axis. */
    Dim transposed(int axis, Dim size, long outputPadding) {
        if (autoPad.startsWith("SAME")) {
            return Dims.multiply(size, Dim.of(strides.get(axis)));
        }
        if (!(kernel.get(axis) instanceof Dim.Known(long width)) || !(size instanceof Dim.Known(long length))) {
            return Dim.unknown();
        }
        long padding = autoPad.equals("VALID") ? 0 : Math.addExact(pads.get(axis), pads.get(axis + strides.size()));
        long spread = Math.multiplyExact(strides.get(axis), length - 1);
        return Dim.of(Math.addExact(spread, outputPadding + extent(axis, width) - padding));
    }

    private long extent(int axis, long width) {
        return Math.addExact(Math.multiplyExact(dilations.get(axis), width - 1), 1);
    }

    /** Returns the kernel's size as the attribute or, failing that, the spatial axes of a weight {@code [outC, inC, k...]} give it. */
    static List<Dim> kernel(NodeContext in, int weight, int axes) {
        var given = in.ints("kernel_shape");
        var shape = in.shape(weight);
        if (given != null) {
            return given.stream().map(Dim::of).toList();
        }
        return shape == null
                ? Collections.nCopies(axes, Dim.unknown())
                : in.rank(shape, axes + 2, axes + 2).dims().subList(2, axes + 2);
    }

    /** Returns the kernel of a pooling, which must be given. */
    static List<Dim> kernel(NodeContext in) {
        var given = in.ints("kernel_shape");
        if (given == null) {
            throw in.bad("no kernel_shape is given");
        }
        return given.stream().map(Dim::of).toList();
    }
}
