package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Operators that group the same elements into other dimensions, reorder axes or repeat elements along them. */
final class ReshapeRules {

    static final Map<String, Rule> RULES = Map.of(
            "Reshape", in -> List.of(Typed.of(in.type(0), Reshape.target(in))),
            "Flatten", in -> List.of(in.map(0, s -> flatten(in, s))),
            "Squeeze", ReshapeRules::squeeze,
            "Unsqueeze", ReshapeRules::unsqueeze,
            "Transpose", in -> List.of(in.map(0, s -> transpose(in, s))),
            "Expand", ReshapeRules::expand,
            "Tile", in -> List.of(in.map(0, s -> tile(in, s))),
            "DepthToSpace", in -> List.of(in.map(0, s -> depthToSpace(in, s))),
            "SpaceToDepth", in -> List.of(in.map(0, s -> spaceToDepth(in, s))));

    private ReshapeRules() {}

    private static Shape flatten(NodeContext in, Shape shape) {
        long given = in.integer("axis", 1);
        int rank = shape.rank();
        int axis = given == rank || rank == 0 ? rank : in.axis(given, rank);
        return Shape.of(
                Dims.product(shape.dims().subList(0, axis)),
                Dims.product(shape.dims().subList(axis, rank)));
    }

    private static List<Typed> squeeze(NodeContext in) {
        var shape = in.shape(0);
        if (shape == null) {
            return List.of(in.like(0));
        }
        var axes = in.numbers(1, "axes");
        if (axes == null && in.given(1, "axes")) {
            var terms = in.integers(1, "axes");
            int rank = terms == null ? -1 : shape.rank() - terms.size();
            return List.of(rank < 0 ? Typed.of(in.type(0), (Shape) null) : Typed.ofRank(in.type(0), rank));
        }
        boolean certain = shape.dims().stream().allMatch(d -> d instanceof Dim.Known);
        if (axes == null && !certain) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        var drop = axes == null ? ones(shape) : in.axes(axes, shape.rank());
        var dims = new ArrayList<Dim>();
        for (int i = 0; i < drop.length; i++) {
            if (!drop[i]) {
                dims.add(shape.dim(i));
            } else if (shape.dim(i) instanceof Dim.Known && !shape.dim(i).is(1)) {
                throw in.bad("axis %d of %s is not of size 1".formatted(i, shape));
            }
        }
        return List.of(Typed.of(in.type(0), dims));
    }

    private static boolean[] ones(Shape shape) {
        var ones = new boolean[shape.rank()];
        for (int i = 0; i < ones.length; i++) {
            ones[i] = shape.dim(i).is(1);
        }
        return ones;
    }

    private static List<Typed> unsqueeze(NodeContext in) {
        var shape = in.shape(0);
        var terms = in.integers(1, "axes");
        var axes = in.numbers(1, "axes");
        if (shape == null || terms == null) {
            return List.of(Typed.of(in.type(0), (Shape) null));
        }
        int rank = shape.rank() + terms.size();
        if (axes == null) {
            return List.of(Typed.ofRank(in.type(0), rank));
        }
        var added = in.axes(axes, rank);
        var rest = shape.dims().iterator();
        var dims = new ArrayList<Dim>();
        for (boolean one : added) {
            if (!one && !rest.hasNext()) {
                throw in.bad("axes " + axes + " name one twice");
            }
            dims.add(one ? Dim.of(1) : rest.next());
        }
        return List.of(Typed.of(in.type(0), dims));
    }

    private static Shape transpose(NodeContext in, Shape shape) {
        int rank = shape.rank();
        var order = in.ints("perm");
        if (order == null) {
            return new Shape(shape.dims().reversed());
        }
        var sorted = order.stream().sorted().toList();
        if (!sorted.equals(IntStream.range(0, rank).mapToObj(i -> (long) i).toList())) {
            throw in.bad("perm %s for an input of shape %s".formatted(order, shape));
        }
        return new Shape(order.stream().map(axis -> shape.dim(axis.intValue())).toList());
    }

    private static List<Typed> expand(NodeContext in) {
        var target = in.integers(1, "shape");
        var shape = target == null
                ? null
                : new Shape(target.stream().map(Term::toDim).toList());
        return List.of(Typed.of(in.type(0), Broadcast.of(in, in.shape(0), shape)));
    }

    private static Shape tile(NodeContext in, Shape shape) {
        var repeats = in.integers(1, "repeats");
        if (repeats == null) {
            return new Shape(Collections.nCopies(shape.rank(), Dim.unknown()));
        }
        if (repeats.size() != shape.rank()) {
            throw in.bad("%d repeats for an input of shape %s".formatted(repeats.size(), shape));
        }
        return new Shape(IntStream.range(0, shape.rank())
                .mapToObj(i -> Dims.multiply(shape.dim(i), repeats.get(i).toDim()))
                .toList());
    }

    private static Shape depthToSpace(NodeContext in, Shape shape) {
        long block = blockSize(in);
        in.rank(shape, 4, 4);
        var channels = Dims.quotient(List.of(shape.dim(1)), List.of(Dim.of(Math.multiplyExact(block, block))));
        return Shape.of(
                shape.dim(0),
                divided(in, shape, channels),
                Dims.multiply(shape.dim(2), Dim.of(block)),
                Dims.multiply(shape.dim(3), Dim.of(block)));
    }

    private static Shape spaceToDepth(NodeContext in, Shape shape) {
        long block = blockSize(in);
        in.rank(shape, 4, 4);
        return Shape.of(
                shape.dim(0),
                Dims.multiply(shape.dim(1), Dim.of(Math.multiplyExact(block, block))),
                divided(in, shape, Dims.quotient(List.of(shape.dim(2)), List.of(Dim.of(block)))),
                divided(in, shape, Dims.quotient(List.of(shape.dim(3)), List.of(Dim.of(block)))));
    }

    private static long blockSize(NodeContext in) {
        long block = in.integer("blocksize", 0);
        if (block < 1) {
            throw in.bad("a blocksize of " + block);
        }
        return block;
    }

    private static Dim divided(NodeContext in, Shape shape, @Nullable Dim quotient) {
        if (quotient == null) {
            throw in.bad("blocks that do not fit an input of shape " + shape);
        }
        return quotient;
    }
}
