package dev.coppice.ir.shape;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A node and what is known of its inputs, with checked access to both: whatever numbers a file holds, only
 * {@link BadModelException} comes out.
 */
record NodeContext(Node node, int opset, List<Typed> inputs) {

    /** No tensor has more dimensions than this. */
    private static final int MOST_UNKNOWN = 64;

    boolean has(int i) {
        return !node.input(i).isEmpty();
    }

    Typed input(int i) {
        return i < inputs.size() ? inputs.get(i) : Typed.UNKNOWN;
    }

    @Nullable
    Shape shape(int i) {
        return input(i).shape();
    }

    @Nullable
    DType type(int i) {
        return input(i).type();
    }

    /** Returns one dimension of an input; unknown when its rank is. */
    Dim dim(int i, int axis) {
        var shape = shape(i);
        return shape == null ? Dim.unknown() : shape.dims().get(axis(axis, shape.rank()));
    }

    /** Returns the elements of a constant integer input; null when it is not constant. */
    long @Nullable [] longs(int i) {
        var constant = input(i).constant();
        if (constant == null) {
            return null;
        }
        if (!constant.type().integral()) {
            throw bad("input " + i + " holds " + constant.type() + " where integers are due");
        }
        return Elements.longs(constant);
    }

    /** Returns the one element of an integer input, {@code otherwise} when it was left out, null when it is not constant. */
    @Nullable
    Long scalar(int i, long otherwise) {
        if (!has(i)) {
            return otherwise;
        }
        var values = longs(i);
        if (values != null && values.length != 1) {
            throw bad("input " + i + " has " + values.length + " elements where one is due");
        }
        return values == null ? null : values[0];
    }

    /** Returns the elements of a constant floating-point input; null when it is not constant. */
    double @Nullable [] doubles(int i) {
        var constant = input(i).constant();
        if (constant == null) {
            return null;
        }
        if (!constant.type().prunable()) {
            throw bad("input " + i + " holds " + constant.type() + " where floating-point numbers are due");
        }
        var values = new double[Math.toIntExact(constant.size())];
        Elements.doubles(constant, 0, values, values.length);
        return values;
    }

    /** Returns what is known of the elements of an integer input; null when nothing is. */
    @Nullable
    List<Term> terms(int i) {
        return input(i).elements();
    }

    /** Returns what is known of the one element of an integer input; unknown when it has more or fewer. */
    Term term(int i) {
        var terms = terms(i);
        return terms == null || terms.size() != 1 ? Term.unknown() : terms.getFirst();
    }

    /**
     * Returns what is known of integers given as input {@code i} or, in older operators, as an attribute: as many unknown ones as
     * the input has elements when only that is known; null when not even that is.
     */
    @Nullable
    List<Term> integers(int i, String attribute) {
        if (!has(i)) {
            var values = ints(attribute);
            return values == null ? null : values.stream().map(Term::of).toList();
        }
        var terms = terms(i);
        if (terms != null) {
            return terms;
        }
        return vectorLength(i) < 0 ? null : Collections.nCopies(vectorLength(i), Term.unknown());
    }

    /** Returns how many elements an input has that is a short vector; -1 when it is none or that is not known. */
    private int vectorLength(int i) {
        var shape = shape(i);
        return shape != null && shape.rank() == 1 && shape.dim(0) instanceof Dim.Known(long n) && n <= MOST_UNKNOWN
                ? (int) n
                : -1;
    }

    /** Returns integers as {@link #integers} does, when all are numbers; else null. */
    @Nullable
    List<Long> numbers(int i, String attribute) {
        var terms = integers(i, attribute);
        if (terms == null) {
            return null;
        }
        var numbers = new ArrayList<Long>();
        for (var term : terms) {
            if (!(term instanceof Term.Whole(long value))) {
                return null;
            }
            numbers.add(value);
        }
        return numbers;
    }

    /** Says whether integers are given, as input {@code i} or as an attribute. */
    boolean given(int i, String attribute) {
        return has(i) || node.attribute(attribute).isPresent();
    }

    @Nullable
    List<Long> ints(String attribute) {
        return node.intsAttribute(attribute).orElse(null);
    }

    long integer(String attribute, long otherwise) {
        return node.intAttribute(attribute, otherwise);
    }

    boolean flag(String attribute, boolean otherwise) {
        return node.intAttribute(attribute, otherwise ? 1 : 0) != 0;
    }

    @Nullable
    DType typeAttribute(String attribute, @Nullable DType otherwise) {
        long code = node.intAttribute(attribute, 0);
        return code == 0 ? otherwise : DType.ofCode(code);
    }

    /** Returns an axis counted from the front. */
    int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw bad("axis " + axis + " of a value of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** Marks the given axes. */
    boolean[] axes(List<Long> axes, int rank) {
        var marked = new boolean[rank];
        for (long axis : axes) {
            marked[axis(axis, rank)] = true;
        }
        return marked;
    }

    Shape rank(Shape shape, int least, int most) {
        if (shape.rank() < least || shape.rank() > most) {
            throw bad("an input of shape " + shape);
        }
        return shape;
    }

    /** Returns a value of the type of input {@code i} and a shape made of its shape; of unknown rank when its is unknown. */
    Typed map(int i, UnaryOperator<Shape> change) {
        var shape = shape(i);
        return Typed.of(type(i), shape == null ? null : change.apply(shape));
    }

    /** Returns input {@code i} with another type and without its elements. */
    Typed like(int i, @Nullable DType type) {
        return Typed.of(type, shape(i));
    }

    Typed like(int i) {
        return like(i, type(i));
    }

    BadModelException bad(String what) {
        return new BadModelException(
                "node '%s' (%s): %s".formatted(node.label(), node.opType(), what),
                "the model contradicts itself here, or does not fit the shapes given for its inputs");
    }
}
