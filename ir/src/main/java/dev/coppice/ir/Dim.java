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

    /**
     * A dimension of unknown size.
     *
     * @param number tells it from others: equal numbers mean equal sizes; 0 where not even that is known
     */
    record Unknown(int number) implements Dim {
        @Override
        public String toString() {
            return "?";
        }
    }

    static Dim unknown() {
        return new Unknown(0);
    }

    static Dim of(long size) {
        return new Known(size);
    }

    static Dim of(String symbol) {
        return new Symbol(symbol);
    }

    /** Says whether a dimension that equals this one has the same size. */
    default boolean isIdentified() {
        return !(this instanceof Unknown(int number) && number == 0);
    }

    /** Says whether this is the number {@code size}. */
    default boolean is(long size) {
        return this instanceof Known(long s) && s == size;
    }
}
