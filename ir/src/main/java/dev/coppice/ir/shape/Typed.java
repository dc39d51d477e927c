package dev.coppice.ir.shape;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one value.
 *
 * @param type null when unknown, or when the value is no tensor
 * @param shape null when the rank is unknown
 * @param constant the value itself, when it is an initializer or was computed of constants
 * @param terms the elements, in storage order, of an integer value that is not constant but known in part; null when nothing is
 */
public record Typed(
        @Nullable DType type,
        @Nullable Shape shape,
        @Nullable Tensor constant,
        @Nullable List<Term> terms) {

    /** A value of which nothing is known. */
    public static final Typed UNKNOWN = new Typed(null, null, null, null);

    static final Shape SCALAR = new Shape(List.of());

    /** Longer vectors are no shapes. */
    private static final int MOST_TERMS = 256;

    public static Typed of(@Nullable DType type, @Nullable Shape shape) {
        return new Typed(type, shape, null, null);
    }

    static Typed of(@Nullable DType type, List<Dim> dims) {
        return of(type, new Shape(dims));
    }

    static Typed of(@Nullable DType type, Dim... dims) {
        return of(type, List.of(dims));
    }

    static Typed of(Tensor constant) {
        return new Typed(constant.type(), constant.shape(), constant, null);
    }

    /** Makes a value of a known rank and unknown dimensions. */
    static Typed ofRank(@Nullable DType type, int rank) {
        return of(type, Collections.nCopies(rank, Dim.unknown()));
    }

    Typed withTerms(@Nullable List<Term> known) {
        return new Typed(type, shape, constant, known);
    }

    /** Returns what is known of the elements of a short integer value; null when nothing is. */
    @Nullable
    List<Term> elements() {
        if (constant == null) {
            return terms;
        }
        return constant.type().integral() && constant.size() <= MOST_TERMS
                ? Arrays.stream(Elements.longs(constant)).mapToObj(Term::of).toList()
                : null;
    }
}
