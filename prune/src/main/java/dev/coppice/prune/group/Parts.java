package dev.coppice.prune.group;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Takes parts of stored tensors. */
final class Parts {

    private Parts() {}

    /** Returns a tensor without some indices of its axes; what a mask pruned is zero in it. */
    static Tensor without(Tensor tensor, List<BitSet> gone) {
        var dims = new ArrayList<Long>();
        long size = 1;
        for (int axis = 0; axis < tensor.dims().size(); axis++) {
            dims.add(tensor.dims().get(axis) - gone.get(axis).cardinality());
            size *= dims.getLast();
        }
        int width = tensor.type().bits() / 8;
        var target = Arena.ofAuto().allocate(Math.max(1, size * width), 8).asSlice(0, size * width);
        new Copy(tensor, gone, target, width).copy(0, 0);
        return Tensor.of(tensor.name(), tensor.type(), dims, new TensorData.Bytes(target));
    }

    /** A mask over all elements that one of the indices touches. */
    static Mask mask(Tensor tensor, List<BitSet> gone) {
        var mask = new Mask(tensor.size());
        long inner = tensor.size();
        long outer = 1;
        for (int axis = 0; axis < tensor.dims().size(); axis++) {
            long size = tensor.dims().get(axis);
            inner /= Math.max(1, size);
            for (int index = gone.get(axis).nextSetBit(0);
                    index >= 0;
                    index = gone.get(axis).nextSetBit(index + 1)) {
                for (long o = 0; o < outer; o++) {
                    long from = (o * size + index) * inner;
                    for (long i = from; i < from + inner; i++) {
                        mask.prune(i);
                    }
                }
            }
            outer *= size;
        }
        return mask;
    }

    /** Copies what stays, in the longest runs that there are. */
    private static final class Copy {

        private final Tensor tensor;
        private final MemorySegment source;
        private final List<BitSet> gone;
        private final MemorySegment target;
        private final int width;
        private int lastCut = -1;
        private long at;

        Copy(Tensor tensor, List<BitSet> gone, MemorySegment target, int width) {
            this.tensor = tensor;
            this.source = Elements.bytes(tensor);
            this.gone = gone;
            this.target = target;
            this.width = width;
            for (int axis = 0; axis < gone.size(); axis++) {
                if (!gone.get(axis).isEmpty()) {
                    lastCut = axis;
                }
            }
        }

        /** Copies a block of the axes from {@code axis} on that starts at element {@code from}. */
        void copy(int axis, long from) {
            long inner = 1;
            for (int i = axis + 1; i < tensor.dims().size(); i++) {
                inner *= tensor.dims().get(i);
            }
            int size = Math.toIntExact(tensor.dims().get(axis));
            var skipped = gone.get(axis);
            if (axis < lastCut) {
                for (int i = skipped.nextClearBit(0); i < size; i = skipped.nextClearBit(i + 1)) {
                    copy(axis + 1, from + i * inner);
                }
                return;
            }
            for (int start = skipped.nextClearBit(0); start < size; ) {
                int next = skipped.nextSetBit(start);
                int end = next < 0 ? size : next;
                run(from + start * inner, (end - start) * inner);
                start = skipped.nextClearBit(end);
            }
        }

        private void run(long from, long count) {
            MemorySegment.copy(source, from * width, target, at * width, count * width);
            if (tensor.data() instanceof TensorData.Masked(var _, var mask)) {
                for (long i = 0; i < count; i++) {
                    if (mask.isPruned(from + i)) {
                        target.asSlice((at + i) * width, width).fill((byte) 0);
                    }
                }
            }
            at += count;
        }
    }
}
