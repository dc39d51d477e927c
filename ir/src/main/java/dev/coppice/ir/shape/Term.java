package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;

/** One element of an integer tensor that shapes are computed from: a number (maybe negative), a dimension's size, or not known. */
public sealed interface Term {

    record Whole(long value) implements Term {}

    /** The size of a dimension that is no number; so never negative. */
    record Size(Dim dim) implements Term {}

    record Unknown() implements Term {}

    static Term unknown() {
        return new Unknown();
    }

    static Term of(long value) {
        return new Whole(value);
    }

    static Term of(Dim dim) {
        return switch (dim) {
            case Dim.Known(long size) -> new Whole(size);
            case Dim.Symbol _, Dim.Unknown _ -> dim.isIdentified() ? new Size(dim) : unknown();
        };
    }

    /** Returns the term as a dimension; a negative number, which is none, is an unknown one. */
    default Dim toDim() {
        return switch (this) {
            case Whole(long value) -> value < 0 ? Dim.unknown() : Dim.of(value);
            case Size(var dim) -> dim;
            case Unknown _ -> Dim.unknown();
        };
    }

    /** Says whether this is the number {@code value}. */
    default boolean is(long value) {
        return this instanceof Whole(long number) && number == value;
    }
}
