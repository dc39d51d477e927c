package dev.coppice.ir;

/** One dimension of a shape: a number, a named symbol, or not known. */
public sealed interface Dim {

    /** A dimension of a known, non-negative size. */
    record Known(long size) implements Dim {
        public Known {
            if (size < 0) {
                throw new BadModelException("negative dimension " + size, "dimensions are zero or greater");
            }
        }

        @Override
        public String toString() {
            return Long.toString(size);
        }
    }

    /** A dimension known by name only, such as {@code batch_size}; equal names mean equal sizes. */
    record Symbol(String name) implements Dim {
        @Override
        public String toString() {
            return name;
        }
    }

    /** A dimension about which nothing is known. */
    record Unknown() implements Dim {
        @Override
        public String toString() {
            return "?";
        }
    }

    static Dim unknown() {
        return new Unknown();
    }

    static Dim of(long size) {
        return new Known(size);
    }

    static Dim of(String symbol) {
        return new Symbol(symbol);
    }

    /** Says whether this is the number {@code size}. */
    default boolean is(long size) {
        return this instanceof Known(long s) && s == size;
    }
}
