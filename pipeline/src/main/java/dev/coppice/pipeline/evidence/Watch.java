package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Node;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * An axis of a value to observe.
 *
 * @param axis counted from the front, or when negative from the end
 * @param kernel the convolution that reads the value, to tell kernel positions apart; empty to observe channels only
 */
record Watch(String value, int axis, Optional<Kernel> kernel) {

    static Watch of(String value, int axis) {
        return new Watch(value, axis, Optional.empty());
    }

    int axis(int rank) {
        return axis < 0 ? rank + axis : axis;
    }

    /**
     * Which input positions each place of a kernel meets.
     *
     * @param sizes one a spatial axis, as all lists
     * @param pads begins, then ends
     */
    record Kernel(List<Long> sizes, List<Long> strides, List<Long> dilations, List<Long> pads, String autoPad) {

        /** Reads the attributes of a Conv with a weight of these dimensions. */
        static Kernel of(Node conv, List<Long> weight) {
            var sizes = weight.subList(2, weight.size());
            var ones = sizes.stream().map(_ -> 1L).toList();
            var zeros = Collections.nCopies(2 * sizes.size(), 0L);
            return new Kernel(
                    List.copyOf(sizes),
                    conv.intsAttribute("strides").orElse(ones),
                    conv.intsAttribute("dilations").orElse(ones),
                    conv.intsAttribute("pads").orElse(zeros),
                    conv.stringAttribute("auto_pad", "NOTSET"));
        }

        int positions() {
            return Math.toIntExact(sizes.stream().reduce(1L, Math::multiplyExact));
        }

        private long extent(int axis) {
            return (sizes.get(axis) - 1) * dilations.get(axis) + 1;
        }

        /** Returns the number of outputs along a spatial axis of this length. */
        long outputs(int axis, long length) {
            long stride = strides.get(axis);
            return switch (autoPad) {
                case "SAME_UPPER", "SAME_LOWER" -> Math.ceilDiv(length, stride);
                default -> (length + before(axis, length) + after(axis) - extent(axis)) / stride + 1;
            };
        }

        private long before(int axis, long length) {
            return switch (autoPad) {
                case "VALID" -> 0;
                case "SAME_UPPER", "SAME_LOWER" -> {
                    long all = Math.max(0, (outputs(axis, length) - 1) * strides.get(axis) + extent(axis) - length);
                    yield autoPad.equals("SAME_UPPER") ? all / 2 : all - all / 2;
                }
                default -> pads.get(axis);
            };
        }

        private long after(int axis) {
            return autoPad.equals("VALID") ? 0 : pads.get(sizes.size() + axis);
        }

        /**
         * Adds up, for each place of the kernel, what it meets: a sum over windows of an image, one axis after the other.
         *
         * @param image one channel, spatial axes of the given lengths
         */
        double[] fold(double[] image, long[] lengths) {
            var current = image;
            var dims = lengths.clone();
            for (int axis = dims.length - 1; axis >= 0; axis--) {
                current = fold(current, dims, axis);
                dims[axis] = sizes.get(axis);
            }
            return current;
        }

        private double[] fold(double[] values, long[] dims, int axis) {
            int length = (int) dims[axis];
            int places = sizes.get(axis).intValue();
            int inner = 1;
            for (int i = axis + 1; i < dims.length; i++) {
                inner *= (int) dims[i];
            }
            int outer = values.length / inner / length;
            var sums = new double[outer * places * inner];
            long outputs = outputs(axis, length);
            for (int place = 0; place < places; place++) {
                long first = place * dilations.get(axis) - before(axis, length);
                for (long o = 0; o < outputs; o++) {
                    long at = first + o * strides.get(axis);
                    if (at < 0 || at >= length) {
                        continue;
                    }
                    for (int n = 0; n < outer; n++) {
                        for (int i = 0; i < inner; i++) {
                            sums[(n * places + place) * inner + i] += values[(n * length + (int) at) * inner + i];
                        }
                    }
                }
            }
            return sums;
        }
    }
}
