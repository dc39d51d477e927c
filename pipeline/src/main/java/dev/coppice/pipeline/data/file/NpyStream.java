package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.runtime.ort.HostTensor;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;

/** Reads one NumPy array (format 1 to 3) slice by slice along its first axis. */
final class NpyStream implements AutoCloseable {

    private final String where;
    private final CheckedInputStream source;
    private final long crc;
    private final NpyHeader header;
    private final InputStream elements;
    private long read;

    /**
     * Reads the header; closes the stream when it cannot be used.
     *
     * @param crc the checksum that {@link #finish} holds the bytes against
     */
    NpyStream(String where, InputStream in, long crc) {
        this.where = where;
        this.source = new CheckedInputStream(in, new CRC32());
        this.crc = crc;
        try {
            header = NpyHeader.read(where, length -> bytes(source, length));
            elements = header.isFortran() ? inRowOrder() : source;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** An array with the last axis outermost is turned in memory: no row of it lies in one piece. */
    private InputStream inRowOrder() {
        var columns = bytes(source, size(header.shape())).array();
        return new ByteArrayInputStream(header.inRowOrder(columns));
    }

    NpyType type() {
        return header.type();
    }

    List<Long> shape() {
        return header.shape();
    }

    String where() {
        return where;
    }

    /** Returns how many slices have been read. */
    long read() {
        return read;
    }

    private int size(List<Long> dims) {
        try {
            return Math.toIntExact(dims.stream().reduce((long) type().bytes(), Math::multiplyExact));
        } catch (ArithmeticException e) {
            throw new BadInputException(where + " has slices of more than 2 GiB", "save smaller ones", e);
        }
    }

    /**
     * Returns the next {@code rows} slices as a tensor of another type.
     *
     * @throws BadInputException for elements that do not fit it, and for NaN and infinity
     */
    HostTensor tensor(DType wanted, int rows) {
        long[] dims = shape().stream().mapToLong(d -> d).toArray();
        dims[0] = rows;
        // Read before allocating: a damaged header may claim any size.
        var sizes = new java.util.ArrayList<>(shape());
        sizes.set(0, (long) rows);
        var bytes = bytes(elements, size(sizes)).order(header.order());
        var tensor = HostTensor.allocate(wanted, dims);
        new NpyConvert(this, wanted, read, tensor.size() / Math.max(1, rows)).all(bytes, tensor.buffer());
        read += rows;
        return tensor;
    }

    /**
     * Reads what was left unread.
     *
     * @throws BadInputException when the checksum of the archive shows damage, or more is there than the shape says
     */
    void finish() {
        try {
            long left = elements.transferTo(java.io.OutputStream.nullOutputStream());
            source.transferTo(java.io.OutputStream.nullOutputStream());
            if (read == shape().getFirst() && left > 0) {
                throw new BadInputException(
                        where + " has " + left + " bytes behind its last element", "save the file again");
            }
            if (source.getChecksum().getValue() != crc) {
                throw new BadInputException(
                        where + " is damaged: its checksum is not that of the archive", "get or save the file again");
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private ByteBuffer bytes(InputStream in, int length) {
        try {
            var bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("it ends too early");
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private BadInputException unreadable(IOException e) {
        return new BadInputException("cannot read " + where + ": " + e.getMessage(), "save the file again", e);
    }

    @Override
    public void close() {
        DataFiles.close(source);
    }
}
