package dev.coppice.prune.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Weight;
import dev.coppice.prune.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Holds the quantizer against the formula, written as one loop over indices. */
class Int8WeightTest {

    private static final List<DType> TYPES = List.of(DType.FLOAT, DType.FLOAT16, DType.BFLOAT16, DType.DOUBLE);

    /** A view of a stored matrix or kernel: whole, transposed or a slice. */
    private static Weight view(SplittableRandom random, Tensor stored) {
        var dims = new ArrayList<>(stored.dims());
        var strides = new ArrayList<Long>();
        long stride = 1;
        for (long dim : dims.reversed()) {
            strides.addFirst(stride);
            stride *= dim;
        }
        long offset = 0;
        if (random.nextBoolean() && dims.getFirst() > 1) {
            offset = strides.getFirst();
            dims.set(0, dims.getFirst() - 1);
        }
        if (random.nextBoolean()) {
            return new Weight("w", stored, dims.reversed(), strides.reversed(), offset);
        }
        return new Weight("w", stored, dims, strides, offset);
    }

    private static void walk(Weight weight, int dim, List<Long> index, List<List<Long>> into) {
        if (dim == weight.dims().size()) {
            into.add(List.copyOf(index));
            return;
        }
        for (long i = 0; i < weight.dims().get(dim); i++) {
            var next = new ArrayList<>(index);
            next.add(i);
            walk(weight, dim + 1, next, into);
        }
    }

    private static float element(Weight weight, List<Long> index) {
        long at = weight.offset();
        for (int d = 0; d < index.size(); d++) {
            at += index.get(d) * weight.strides().get(d);
        }
        var value = new float[1];
        Elements.floats(weight.source(), at, value, 1);
        return value[0];
    }

    private static Tensor random(SplittableRandom random, DType type, List<Long> dims) {
        int size = Math.toIntExact(dims.stream().reduce(1L, (a, b) -> a * b));
        return Tensors.of("w", type, dims, Tensors.values(random, size));
    }

    private static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    @Test
    void everyWeightOfAnyViewIsRoundedAsTheFormulaSays() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            int rank = random.nextInt(2, 5);
            var dims = random.longs(rank, 1, 6).boxed().toList();
            var weight = view(random, random(random, TYPES.get(seed % 4), dims));
            int axis = random.nextInt(rank);
            var range = random.nextBoolean() ? Int8Range.FULL : Int8Range.SEVEN_BIT;
            var int8 = Int8Weight.of(weight, axis, range);

            var indices = new ArrayList<List<Long>>();
            walk(weight, 0, List.of(), indices);
            var expected = new ArrayList<Long>();
            for (var index : indices) {
                float largest = 0;
                for (var other : indices) {
                    if (other.get(axis).equals(index.get(axis))) {
                        largest = Math.max(largest, Math.abs(element(weight, other)));
                    }
                }
                float scale = largest == 0 ? 1 : largest / range.most();
                assertThat(floats(int8.scales())[index.get(axis).intValue()]).isEqualTo(scale);
                expected.add((long) Math.rint(element(weight, index) / scale));
            }
            assertThat(int8.values().dims()).isEqualTo(weight.dims());
            assertThat(Elements.longs(int8.values())).as("seed %d", seed).containsExactly(unboxed(expected));
            assertThat(int8.zeros())
                    .isEqualTo(expected.stream().filter(v -> v == 0).count());
        }
    }

    private static long[] unboxed(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    private static Int8Weight matrix(Int8Range range, List<Long> dims, double... values) {
        var stored = Tensors.of("w", DType.FLOAT, dims, values);
        return Int8Weight.of(new Weight("w", stored, dims, List.of(dims.get(1), 1L), 0), 1, range);
    }

    @Test
    void halvesGoToTheEvenNeighbour() {
        var int8 = matrix(Int8Range.FULL, List.of(4L, 1L), 127, 0.5, 1.5, -2.5);
        assertThat(Elements.longs(int8.values())).containsExactly(127, 0, 2, -2);
    }

    @Test
    void zerosStayZerosAndAChannelOfZerosIsQuantized() {
        var int8 = matrix(Int8Range.FULL, List.of(2L, 2L), 0, 3, 0, 0);
        assertThat(Elements.longs(int8.values())).containsExactly(0, 127, 0, 0);
        assertThat(floats(int8.scales())).containsExactly(1, 3f / 127);
    }

    @Test
    void sevenBitsDoNotSaturateSixteenBitSums() {
        var int8 = matrix(Int8Range.SEVEN_BIT, List.of(2L, 1L), 1e3, -1e3);
        assertThat(Elements.longs(int8.values())).containsExactly(63, -63);
        assertThat(2 * 255 * Int8Range.SEVEN_BIT.most()).isLessThanOrEqualTo(Short.MAX_VALUE);
    }

    @Test
    void weightsTooSmallForAScaleBecomeZeros() {
        var int8 = matrix(Int8Range.FULL, List.of(2L, 1L), Float.MIN_VALUE, -3 * Float.MIN_VALUE);
        assertThat(Elements.longs(int8.values())).containsExactly(0, 0);
        assertThat(int8.zeros()).isEqualTo(2);
    }

    @Test
    void notANumberIsRefused() {
        assertThatThrownBy(() -> matrix(Int8Range.FULL, List.of(2L, 1L), 1, Double.NaN))
                .isInstanceOf(BadModelException.class)
                .hasMessageContaining("w holds NaN");
        assertThatThrownBy(() -> matrix(Int8Range.FULL, List.of(2L, 1L), 1, Double.NEGATIVE_INFINITY))
                .isInstanceOf(BadModelException.class);
    }
}
