package dev.coppice.prune.quantize;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.weight.Weight;
import java.util.List;

/**
 * A weight in int8, symmetric, one scale for each index of one axis (Jacob et al. 2018, section 2; Krishnamoorthi 2018, section 3.1):
 * {@code w ≈ scale · q}, with {@code scale = max|w| / most} and {@code q = round(w / scale)}, halves to even, as ONNX QuantizeLinear
 * rounds. The zero point is 0, so zeros are exact.
 *
 * @param values int8, unnamed, in the dimensions and the order in which the operator sees the weight
 * @param scales float, unnamed, one for each index of the axis; 1 where all weights are zero
 * @param zeros how many of the values are 0: those that were, and those too small for their scale
 */
public record Int8Weight(Tensor values, Tensor scales, long zeros) {

    /**
     * Quantizes a weight of any floating-point type.
     *
     * @param axis the one of the weight's dimensions that counts output channels
     * @throws BadModelException when the weight holds NaN or infinity
     */
    public static Int8Weight of(Weight weight, int axis, Int8Range range) {
        var stored = stored(weight);
        return of(weight, axis, range, stored, scales(new Walk(weight, axis), stored, weight, range));
    }

    /** Quantizes a weight as {@link #of(Weight, int, Int8Range)}, with given scales; what lies beyond their range is clipped. */
    static Int8Weight of(Weight weight, int axis, Int8Range range, float[] scales) {
        return of(weight, axis, range, stored(weight), scales);
    }

    private static float[] stored(Weight weight) {
        var stored = new float[Math.toIntExact(weight.source().size())];
        Elements.floats(weight.source(), 0, stored, stored.length);
        return stored;
    }

    private static Int8Weight of(Weight weight, int axis, Int8Range range, float[] stored, float[] scales) {
        var walk = new Walk(weight, axis);
        var values = new byte[Math.toIntExact(weight.size())];
        long zeros = 0;
        for (int run = 0; run < walk.runs(); run++) {
            int from = walk.element(run);
            int at = run * walk.length();
            int channel = walk.channel(run);
            for (int i = 0; i < walk.length(); i++) {
                float scale = scales[channel < 0 ? i : channel];
                byte value = round(stored[from + i * walk.step()], scale, range);
                values[at + i] = value;
                zeros += value == 0 ? 1 : 0;
            }
        }
        return new Int8Weight(
                Tensors.ofBytes(DType.INT8, weight.dims(), values),
                Tensors.ofFloats(List.of((long) scales.length), scales),
                zeros);
    }

    private static float[] scales(Walk walk, float[] stored, Weight weight, Int8Range range) {
        var largest = new float[walk.channels()];
        for (int run = 0; run < walk.runs(); run++) {
            int from = walk.element(run);
            int channel = walk.channel(run);
            for (int i = 0; i < walk.length(); i++) {
                float value = Math.abs(stored[from + i * walk.step()]);
                if (!(value <= Float.MAX_VALUE)) {
                    throw new BadModelException(
                            "the weight " + weight.name() + " holds " + value,
                            "NaN and infinity have no int8 form; keep this layer in float or repair the model");
                }
                int c = channel < 0 ? i : channel;
                largest[c] = Math.max(largest[c], value);
            }
        }
        for (int channel = 0; channel < largest.length; channel++) {
            largest[channel] = scale(largest[channel], range);
        }
        return largest;
    }

    /** Returns the scale of a channel whose greatest magnitude is {@code largest}. */
    static float scale(float largest, Int8Range range) {
        // A subnormal scale would lose the precision of the quotient; such weights become zeros.
        return largest == 0 ? 1 : Math.max(largest / range.most(), Float.MIN_NORMAL);
    }

    /** Rounds the float quotient to the nearest integer in range, halves to even. */
    static byte round(float value, float scale, Int8Range range) {
        return (byte) Math.clamp(Math.rint(value / scale), -range.most(), range.most());
    }

    /** The weight's elements in the operator's order, as runs along its last dimension. */
    private static final class Walk {

        private final Weight weight;
        private final int rank;
        private final int axis;
        private final int last;

        Walk(Weight weight, int axis) {
            this.weight = weight;
            this.rank = weight.dims().size();
            this.axis = axis;
            this.last = dim(rank - 1);
        }

        private int dim(int d) {
            return Math.toIntExact(weight.dims().get(d));
        }

        int channels() {
            return dim(axis);
        }

        int runs() {
            return last == 0 ? 0 : Math.toIntExact(weight.size() / last);
        }

        int length() {
            return last;
        }

        int step() {
            return Math.toIntExact(weight.strides().get(rank - 1));
        }

        /** Returns where in the stored tensor a run begins. */
        int element(int run) {
            long at = weight.offset();
            int rest = run;
            for (int d = rank - 2; d >= 0; d--) {
                at += rest % dim(d) * weight.strides().get(d);
                rest /= dim(d);
            }
            return Math.toIntExact(at);
        }

        /** Returns the channel that all of a run belongs to; -1 where each element has its own. */
        int channel(int run) {
            if (axis == rank - 1) {
                return -1;
            }
            int rest = run;
            for (int d = rank - 2; d > axis; d--) {
                rest /= dim(d);
            }
            return rest % dim(axis);
        }
    }
}
