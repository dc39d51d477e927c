package dev.coppice.ir;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** The dimensions of a value whose rank is known; {@code []} is a scalar. */
public record Shape(List<Dim> dims) {

    public Shape {
        dims = List.copyOf(dims);
    }

    public static Shape of(long... sizes) {
        return new Shape(Arrays.stream(sizes).mapToObj(Dim::of).toList());
    }

    public static Shape of(List<Long> sizes) {
        return new Shape(sizes.stream().map(Dim::of).toList());
    }

    public static Shape of(Dim... dims) {
        return new Shape(List.of(dims));
    }

    public int rank() {
        return dims.size();
    }

    /** Returns dimension {@code axis}; a negative axis counts from the end. */
    public Dim dim(int axis) {
        return dims.get(axis < 0 ? axis + dims.size() : axis);
    }

    public boolean isStatic() {
        return dims.stream().allMatch(d -> d instanceof Dim.Known);
    }

    /** Returns the sizes of a static shape; throws {@link IllegalStateException} when a dimension is not a number. */
    public long[] sizes() {
        return dims.stream()
                .mapToLong(d -> switch (d) {
                    case Dim.Known(long size) -> size;
                    case Dim.Symbol _, Dim.Unknown _ -> throw new IllegalStateException("not static: " + this);
                })
                .toArray();
    }

    /** Returns the number of elements when every dimension is known and the product fits in a long. */
    public OptionalLong elements() {
        if (!isStatic()) {
            return OptionalLong.empty();
        }
        long product = 1;
        for (long size : sizes()) {
            if (size != 0 && product > Long.MAX_VALUE / size) {
                return OptionalLong.empty();
            }
            product *= size;
        }
        return OptionalLong.of(product);
    }

    @Override
    public String toString() {
        return dims.stream().map(Dim::toString).collect(Collectors.joining(",", "[", "]"));
    }
}
