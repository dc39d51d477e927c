package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;

/** What an archive's array {@code y} asks for: classes [N], values to hit, or label sequences [N,L] filled up with -1. */
public final class NpzTargets {

    private static final String HINT =
            "classes are whole numbers [N], label sequences [N,L] filled up with -1, values to hit floating-point";

    private NpzTargets() {}

    /**
     * Reads the targets of the next samples: int64 [N], float [N,...] or int64 [N,L].
     *
     * @throws BadInputException for anything else, and for values that are no targets
     */
    static HostTensor next(NpyStream stream, int samples) {
        if (stream.type().isFloating()) {
            return stream.tensor(DType.FLOAT, samples);
        }
        long first = stream.read();
        var integers = stream.tensor(DType.INT64, samples);
        long[] dims = integers.sizes();
        if (dims.length == 2 && dims[1] > 1) {
            requireSequences(stream, integers, first);
            return integers;
        }
        if (integers.size() != samples) {
            throw new BadInputException(
                    stream.where() + " has the shape " + stream.shape() + " of "
                            + stream.type().descr(),
                    HINT);
        }
        var values = integers.buffer().asLongBuffer();
        for (int i = 0; i < samples; i++) {
            if (values.get(i) < 0 || values.get(i) > Integer.MAX_VALUE) {
                throw bad(stream, first + i, "the label " + values.get(i), "classes are 0, 1, ...");
            }
        }
        return HostTensor.wrap(DType.INT64, integers.buffer(), samples);
    }

    /** Labels 1, 2, ... come first, then nothing but -1: 0 is the blank of CTC, which no sequence holds. */
    private static void requireSequences(NpyStream stream, HostTensor integers, long first) {
        int length = Math.toIntExact(integers.sizes()[1]);
        var values = integers.buffer().asLongBuffer();
        for (int i = 0; i < integers.size(); i++) {
            long value = values.get(i);
            boolean after = i % length > 0 && values.get(i - 1) == -1;
            if (value == 0) {
                throw bad(
                        stream,
                        first + i / length,
                        "the label 0 in a sequence, where it is the blank of CTC",
                        "number the labels from 1 and fill rows up with -1; of one-hot rows save y.argmax(axis=1)");
            }
            if (value < -1 || value > Integer.MAX_VALUE || (after && value != -1)) {
                throw bad(
                        stream,
                        first + i / length,
                        "the label " + value + (after ? " after the sequence's end" : ""),
                        "labels of a sequence are 1, 2, ...; -1 fills it up at its end");
            }
        }
    }

    private static BadInputException bad(NpyStream stream, long row, String what, String hint) {
        return new BadInputException(stream.where() + " row " + row + " has " + what, hint);
    }

    /** Returns the classes that a tensor of targets holds, or nothing when it holds values or sequences. */
    public static List<Integer> classes(HostTensor targets) {
        if (targets.type() != DType.INT64 || targets.dims().size() != 1) {
            return List.of();
        }
        var values = targets.buffer().asLongBuffer();
        var classes = new Integer[targets.size()];
        for (int i = 0; i < classes.length; i++) {
            classes[i] = (int) values.get(i);
        }
        return List.of(classes);
    }
}
