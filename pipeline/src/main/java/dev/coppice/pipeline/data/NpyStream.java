package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.runtime.ort.HostTensor;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads one NumPy array (format 1 to 3, C order) slice by slice along its first axis. */
final class NpyStream implements AutoCloseable {

    private static final int MAX_HEADER = 1 << 20;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

    private final String where;
    private final InputStream in;
    private final NpyType type;
    private final List<Long> shape;

    /** Reads the header; closes the stream when it cannot be used. */
    NpyStream(String where, InputStream in) {
        this.where = where;
        this.in = in;
        try {
            var header = header();
            type = type(header);
            shape = shape(header);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    NpyType type() {
        return type;
    }

    List<Long> shape() {
        return shape;
    }

    String where() {
        return where;
    }

    private String header() {
        var start = read(8);
        boolean magic = start.get() == (byte) 0x93;
        for (char c : "NUMPY".toCharArray()) {
            magic &= start.get() == c;
        }
        int version = start.get();
        if (!magic || version < 1 || version > 3) {
            throw bad("is no NumPy array of format 1, 2 or 3", "write the file with numpy.savez");
        }
        long length = version == 1 ? Short.toUnsignedInt(read(2).getShort()) : Integer.toUnsignedLong(read(4).getInt());
        if (length > MAX_HEADER) {
            throw bad("claims a header of " + length + " bytes", "the file is damaged");
        }
        var text = read((int) length);
        if (ORDER.matcher(StandardCharsets.UTF_8.decode(text.duplicate()))
                .results()
                .anyMatch(m -> m.group(1).equals("True"))) {
            throw bad("is in Fortran order", "save numpy.ascontiguousarray(x) instead");
        }
        return StandardCharsets.UTF_8.decode(text).toString();
    }

    private NpyType type(String header) {
        var match = DESCR.matcher(header);
        if (!match.find()) {
            throw bad("has no simple element type", "structured arrays are not read: save one array per input");
        }
        var found = NpyType.of(match.group(1));
        if (found == null) {
            throw bad(
                    "has elements of type '" + match.group(1) + "'",
                    "little-endian numbers are read: save x.astype('<f4') or another numeric type");
        }
        return found;
    }

    private List<Long> shape(String header) {
        var match = SHAPE.matcher(header);
        if (!match.find()) {
            throw bad("has no shape in its header", "the file is damaged");
        }
        var dims = new ArrayList<Long>();
        for (var part : match.group(1).split(",", -1)) {
            if (!part.isBlank()) {
                dims.add(dim(part.strip()));
            }
        }
        if (dims.isEmpty()) {
            throw bad("is a scalar", "the first axis of every array is the samples");
        }
        return List.copyOf(dims);
    }

    private long dim(String text) {
        try {
            long size = Long.parseLong(text);
            if (size >= 0 && size <= Integer.MAX_VALUE) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException(where + " has the size " + text, "the file is damaged", e);
        }
        throw bad("has the size " + text, "at most 2^31-1 along an axis are read");
    }

    /** Returns the bytes of the next {@code rows} slices along the first axis, little-endian. */
    ByteBuffer rows(int rows) {
        long bytes = type.bytes();
        try {
            for (long dim : shape.subList(1, shape.size())) {
                bytes = Math.multiplyExact(bytes, dim);
            }
            return read(Math.toIntExact(Math.multiplyExact(bytes, rows)));
        } catch (ArithmeticException e) {
            throw new BadInputException(where + " has slices of more than 2 GiB", "save smaller ones", e);
        }
    }

    /** Returns the next {@code rows} slices as a tensor of another type, where their elements fit it. */
    HostTensor tensor(DType wanted, int rows) {
        long[] dims = shape.stream().mapToLong(d -> d).toArray();
        dims[0] = rows;
        // Read before allocating: a damaged header may claim any size.
        var bytes = rows(rows);
        var tensor = HostTensor.allocate(wanted, dims);
        var target = tensor.buffer();
        while (bytes.hasRemaining()) {
            NpyConvert.next(this, bytes, wanted, target);
        }
        return tensor;
    }

    private ByteBuffer read(int length) {
        try {
            var bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("it ends too early");
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new BadInputException("cannot read " + where + ": " + e.getMessage(), "save the file again", e);
        }
    }

    private BadInputException bad(String what, String hint) {
        return new BadInputException(where + " " + what, hint);
    }

    @Override
    public void close() {
        DataFiles.close(in);
    }
}
