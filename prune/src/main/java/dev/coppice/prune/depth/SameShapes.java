package dev.coppice.prune.depth;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Says whether values have the same shape. Where inference leaves a dimension open (shape arithmetic that symbols do not survive), it is
 * repeated with sizes for the open dimensions of the inputs: twice, with sizes that differ, and both must agree. That is enough for an
 * operand {@code x} of a sum {@code y}: the two can only differ where {@code x} has size 1, whatever the other sizes are.
 */
final class SameShapes {

    /** Batch, length, height, width. The first two that the model takes are used; the later ones are for models of fixed batch. */
    private static final long[][] SIZES = {
        {2, 6, 64, 96},
        {3, 11, 128, 320},
        {2, 7, 48, 320},
        {2, 9, 224, 224},
        {1, 6, 64, 96},
        {1, 11, 128, 320},
        {1, 7, 48, 320},
        {1, 9, 224, 224}
    };

    private static final int PROBES = 2;
    private static final long CHANNELS = 3;
    private static final int IMAGE_RANK = 4;

    private final Model model;
    private final Shapes shapes;
    private final List<Shapes> probes = new ArrayList<>();
    private boolean probed;

    /** Throws {@link BadModelException} when the model's shapes contradict each other. */
    SameShapes(Model model) {
        this.model = model;
        this.shapes = ShapeInference.infer(model);
    }

    Shapes shapes() {
        return shapes;
    }

    boolean same(String one, String other) {
        var left = shapes.shape(one).orElse(null);
        var right = shapes.shape(other).orElse(null);
        if (left == null || right == null || left.rank() != right.rank()) {
            return false;
        }
        for (int axis = 0; axis < left.rank(); axis++) {
            var dim = left.dim(axis);
            boolean known = dim.isIdentified() && dim.equals(right.dim(axis));
            boolean differ = dim instanceof Dim.Known && right.dim(axis) instanceof Dim.Known && !known;
            if (differ || (!known && !sameInProbes(one, other, axis))) {
                return false;
            }
        }
        return true;
    }

    private boolean sameInProbes(String one, String other, int axis) {
        if (!probed) {
            probed = true;
            probe();
        }
        return !probes.isEmpty()
                && probes.stream()
                        .allMatch(probe ->
                                size(probe, one, axis) >= 0 && size(probe, one, axis) == size(probe, other, axis));
    }

    private static long size(Shapes probe, String value, int axis) {
        return probe.shape(value)
                .filter(shape -> axis < shape.rank())
                .map(shape -> shape.dim(axis) instanceof Dim.Known(long size) ? size : -1L)
                .orElse(-1L);
    }

    private void probe() {
        for (var sizes : SIZES) {
            if (probes.size() < PROBES) {
                try {
                    probes.add(ShapeInference.infer(model, inputs(sizes)));
                } catch (BadModelException _) {
                    // The model does not take these sizes; the next ones may do. Without any nothing counts as the
                    // same.
                }
            }
        }
    }

    private Map<String, Shape> inputs(long[] sizes) {
        var symbols = new HashMap<String, Dim>();
        var given = new HashMap<String, Shape>();
        for (var input : model.graph().inputs()) {
            if (input.shape() != null) {
                given.put(input.name(), closed(input, input.shape(), sizes, symbols));
            }
        }
        return given;
    }

    private static Shape closed(ValueInfo input, Shape shape, long[] sizes, Map<String, Dim> symbols) {
        var dims = new ArrayList<Dim>();
        for (int axis = 0; axis < shape.rank(); axis++) {
            var size = Dim.of(size(input.type() != null && input.type().integral(), shape.rank(), axis, sizes));
            dims.add(
                    switch (shape.dim(axis)) {
                        case Dim.Known known -> known;
                        case Dim.Symbol(var name) -> symbols.computeIfAbsent(name, _ -> size);
                        case Dim.Unknown _ -> size;
                    });
        }
        return new Shape(dims);
    }

    private static long size(boolean integral, int rank, int axis, long[] sizes) {
        if (axis == 0) {
            return sizes[0];
        }
        if (rank != IMAGE_RANK || integral) {
            return sizes[1];
        }
        return axis == 1 ? CHANNELS : sizes[axis];
    }
}
