package dev.coppice.ir.shape;

import dev.coppice.ir.Dim;

/** One element of an integer tensor that shapes are computed from: a number (maybe negative), a dimension's symbol, or not known. */
public sealed interface Term {

    record Whole(long value) implements Term {}

    /** The size of a symbolic dimension; so never negative. */
    record Symbol(String name) implements Term {}

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
            case Dim.Symbol(var name) -> new Symbol(name);
            case Dim.Unknown _ -> unknown();
        };
    }

    /** Returns the term as a dimension; a negative number, which is none, is an unknown one. */
    default Dim toDim() {
        return switch (this) {
            case Whole(long value) -> value < 0 ? Dim.unknown() : Dim.of(value);
            case Symbol(var name) -> Dim.of(name);
            case Unknown _ -> Dim.unknown();
        };
    }

    /** Says whether this is the number {@code value}. */
    default boolean is(long value) {
        return this instanceof Whole(long number) && number == value;
    }
}
