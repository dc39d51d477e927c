package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Fourier transforms: the last axis of a signal or spectrum holds real numbers (size 1) or real and imaginary parts (size 2). */
final class SpectralRules {

    static final Map<String, Rule> RULES = Map.of(
            "DFT", in -> List.of(in.map(0, s -> spectrum(in, s))),
            "STFT", in -> List.of(in.map(0, s -> frames(in, s))),
            "MelWeightMatrix", in -> List.of(mel(in)));

    private SpectralRules() {}

    /** A one-sided transform puts out half of a spectrum, its inverse takes one and puts out real numbers. */
    private static Shape spectrum(NodeContext in, Shape shape) {
        in.rank(shape, 2, Integer.MAX_VALUE);
        var axis = in.node().attribute("axis").isPresent() || in.opset() < 20
                ? Long.valueOf(in.integer("axis", 1))
                : in.scalar(2, -2);
        boolean half = in.flag("onesided", false);
        boolean inverse = in.flag("inverse", false);
        var dims = new ArrayList<>(shape.dims());
        int last = dims.size() - 1;
        dims.set(last, Dim.of(half && inverse ? 1 : 2));
        if (axis == null) {
            dims.subList(0, last).replaceAll(_ -> Dim.unknown());
            return new Shape(dims);
        }
        int at = in.axis(axis, dims.size());
        if (at == last) {
            throw in.bad("axis " + axis + " holds real and imaginary parts");
        }
        var size = in.has(1)
                ? in.term(1).toDim()
                : half && inverse ? Dims.map(dims.get(at), n -> 2 * (n - 1)) : dims.get(at);
        dims.set(at, half && !inverse ? Dims.map(size, n -> n / 2 + 1) : size);
        return new Shape(dims);
    }

    /** signal [batch, length, 1 or 2], step, window [size], size -> [batch, frames, bins, 2]. */
    private static Shape frames(NodeContext in, Shape shape) {
        in.rank(shape, 2, 3);
        var window = in.has(2) ? in.dim(2, 0) : Dim.unknown();
        var size = in.has(3) ? in.term(3).toDim() : window;
        var step = in.term(1).toDim();
        var frames = Dim.unknown();
        if (shape.dim(1) instanceof Dim.Known(long length)
                && size instanceof Dim.Known(long each)
                && step instanceof Dim.Known(long apart)
                && apart > 0) {
            frames = Dim.of(Math.max(0, (length - each) / apart + 1));
        }
        var bins = in.flag("onesided", true) ? Dims.map(size, n -> n / 2 + 1) : size;
        return Shape.of(shape.dim(0), frames, bins, Dim.of(2));
    }

    /** Number of bins, length of the transform, ... -> [length / 2 + 1, bins]. */
    private static Typed mel(NodeContext in) {
        var rows = Dims.map(in.term(1).toDim(), n -> n / 2 + 1);
        return Typed.of(
                Objects.requireNonNull(in.typeAttribute("output_datatype", DType.FLOAT)),
                rows,
                in.term(0).toDim());
    }
}
