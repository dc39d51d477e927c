package dev.coppice.pipeline.data;

import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.runtime.ort.HostTensor;
import java.util.Arrays;

/** Picks samples out of tensors that hold them along their first axis. */
final class BatchRows {

    private BatchRows() {}

    /** Returns a tensor of {@code rows} samples: the members in their order, then the last one again and again. */
    static HostTensor gather(HostTensor source, int[] members, int rows, TensorMemory memory) {
        long[] dims = source.sizes();
        var from = source.buffer();
        int bytes = dims[0] == 0 ? 0 : Math.toIntExact(from.remaining() / dims[0]);
        dims[0] = rows;
        var tensor = memory.allocate(source.type(), dims);
        var to = tensor.buffer();
        for (int row = 0; row < rows; row++) {
            int member = members[Math.min(row, members.length - 1)];
            to.put(row * bytes, from, member * bytes, bytes);
        }
        return tensor;
    }

    /** Returns the only sample of a tensor, without the axis for samples. */
    static HostTensor single(HostTensor source) {
        var dims = source.sizes();
        return HostTensor.wrap(source.type(), source.buffer(), Arrays.copyOfRange(dims, 1, dims.length));
    }

    /** Returns a tensor of at least {@code rows} samples by repeating the last one. */
    static HostTensor repeatLast(HostTensor source, int rows) {
        int present = Math.toIntExact(source.sizes()[0]);
        if (present >= rows) {
            return source;
        }
        var members = new int[present];
        for (int i = 0; i < present; i++) {
            members[i] = i;
        }
        return gather(source, members, rows, HostTensor::allocate);
    }
}
