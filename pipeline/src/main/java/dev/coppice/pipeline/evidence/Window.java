package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Node;
import dev.coppice.ir.layer.WeightOperator;
import java.util.List;

/**
 * What a convolution's kernel sees of a group's channels at one position of the output: [C, kh, kw], zeros beyond the border, and of a
 * transposed convolution where the position lies between its strides.
 */
final class Window {

    private final int[] in;
    private final int[] kernel;
    private final int[] strides;
    private final int[] dilations;
    private final int[] begins;
    private final int channels;
    private final int first;
    private final boolean transposed;

    Window(Consumer consumer, int group, int[] in) {
        var node = consumer.layer().node();
        this.in = in;
        transposed = consumer.layer().operator() == WeightOperator.CONV_TRANSPOSE;
        kernel = consumer.kernel();
        strides = pair(node, "strides");
        dilations = pair(node, "dilations");
        channels = in[1] / consumer.layer().groups();
        first = group * channels;
        begins = new int[2];
        var pads = node.intsAttribute("pads").orElse(List.of());
        for (int axis = 0; axis < 2; axis++) {
            // With one axis in space, that is the last one here.
            int at = axis - (2 - consumer.layer().weight().dims().size() + 2);
            begins[axis] = switch (node.stringAttribute("auto_pad", "NOTSET")) {
                case "SAME_UPPER" -> same(axis) / 2;
                case "SAME_LOWER" -> (same(axis) + 1) / 2;
                default -> at < 0 || pads.isEmpty() ? 0 : Math.toIntExact(pads.get(at));
            };
        }
    }

    private static int[] pair(Node node, String name) {
        var given = node.intsAttribute(name).orElse(List.of(1L, 1L));
        return new int[] {given.size() == 2 ? Math.toIntExact(given.getFirst()) : 1, Math.toIntExact(given.getLast())};
    }

    /** Returns how many zeros in all make as many outputs as there are strides in the input. */
    private int same(int axis) {
        int outputs = Math.ceilDiv(in[2 + axis], strides[axis]);
        int seen = (outputs - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
        return Math.max(0, seen - in[2 + axis]);
    }

    void copy(float[] from, int n, int y, int x, float[] to, int at) {
        int next = at;
        for (int c = first; c < first + channels; c++) {
            for (int ky = 0; ky < kernel[0]; ky++) {
                int row = seen(0, y, ky);
                for (int kx = 0; kx < kernel[1]; kx++) {
                    int column = seen(1, x, kx);
                    boolean inside = row >= 0 && row < in[2] && column >= 0 && column < in[3];
                    to[next++] = inside ? from[((n * in[1] + c) * in[2] + row) * in[3] + column] : 0;
                }
            }
        }
    }

    /** Returns the place in the input that element {@code k} of the kernel is multiplied with; outside of the input where there is none. */
    private int seen(int axis, int at, int k) {
        if (!transposed) {
            return at * strides[axis] + k * dilations[axis] - begins[axis];
        }
        int spread = at + begins[axis] - k * dilations[axis];
        return spread % strides[axis] == 0 ? spread / strides[axis] : -1;
    }
}
