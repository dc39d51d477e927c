package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Arithmetic on dimensions. Numbers are computed with, symbols are kept where they stay what they are, and everything else is
 * unknown. Throws {@link ArithmeticException} on overflow.
 */
final class Dims {

    private Dims() {}

    static Dim add(Dim a, Dim b) {
        if (a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y)) {
            return Dim.of(Math.addExact(x, y));
        }
        return a.is(0) ? b : b.is(0) ? a : Dim.unknown();
    }

    static Dim multiply(Dim a, Dim b) {
        if (a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y)) {
            return Dim.of(Math.multiplyExact(x, y));
        }
        return a.is(0) || b.is(1) ? a : b.is(0) || a.is(1) ? b : Dim.unknown();
    }

    /** Returns the larger of two numbers; unknown where one is none. */
    static Dim longer(Dim a, Dim b) {
        return a instanceof Dim.Known(long x) && b instanceof Dim.Known(long y) ? Dim.of(Math.max(x, y)) : Dim.unknown();
    }

    static Dim product(List<Dim> dims) {
        return dims.stream().reduce(Dim.of(1), Dims::multiply);
    }

    /** Computes with a number and leaves all else unknown. */
    static Dim map(Dim dim, LongUnaryOperator operator) {
        return dim instanceof Dim.Known(long size) ? Dim.of(operator.applyAsLong(size)) : Dim.unknown();
    }

    /** Returns the dimension that two broadcast to by NumPy's rule, or null when they contradict. */
    static @Nullable Dim broadcast(Dim a, Dim b) {
        if (a.equals(b) || b.is(1)) {
            return a;
        }
        if (a.is(1)) {
            return b;
        }
        boolean knownA = a instanceof Dim.Known;
        boolean knownB = b instanceof Dim.Known;
        // A symbol beside a number other than 1 can only be that number or 1.
        return knownA && knownB ? null : knownA ? a : knownB ? b : Dim.unknown();
    }

    /** Returns the dimension when it is the same in both, and the better known one otherwise. */
    static Dim either(Dim a, Dim b) {
        return a instanceof Dim.Known
                ? a
                : b instanceof Dim.Known ? b : a instanceof Dim.Symbol || !b.isIdentified() ? a : b;
    }

    /**
     * Divides the product of {@code dividend} by that of {@code divisor}, equal sizes cancelling.
     *
     * @return unknown when symbols are left over; null when numbers leave a remainder
     */
    static @Nullable Dim quotient(List<Dim> dividend, List<Dim> divisor) {
        var upper = new ArrayList<>(dividend);
        var lower = new ArrayList<Dim>();
        for (var dim : divisor) {
            if (!(Term.of(dim) instanceof Term.Size && upper.remove(dim))) {
                lower.add(dim);
            }
        }
        var symbols = upper.stream().filter(d -> !(d instanceof Dim.Known)).toList();
        var below = product(lower);
        upper.removeAll(symbols);
        if (!(product(upper) instanceof Dim.Known(long x)) || !(below instanceof Dim.Known(long y))) {
            return Dim.unknown();
        }
        if (symbols.isEmpty()) {
            return y != 0 && x % y == 0 ? Dim.of(x / y) : y == 0 ? Dim.unknown() : null;
        }
        return symbols.size() == 1 && x == y && x != 0 ? symbols.getFirst() : Dim.unknown();
    }
}
