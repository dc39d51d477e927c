package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/**
 * What a NumPy array says of itself.
 *
 * @param order of the bytes of an element
 * @param isFortran whether the first axis is innermost
 */
record NpyHeader(NpyType type, ByteOrder order, boolean isFortran, List<Long> shape) {

    private static final int MAX_HEADER = 1 << 20;
    private static final Pattern DESCR = Pattern.compile("'descr'\\s*:\\s*'([^']*)'");
    private static final Pattern ORDER = Pattern.compile("'fortran_order'\\s*:\\s*(True|False)");
    private static final Pattern SHAPE = Pattern.compile("'shape'\\s*:\\s*\\(([0-9,\\s]*)\\)");

    /**
     * Reads a header.
     *
     * @param where what messages call the array
     * @param bytes returns the next so many bytes, little-endian
     * @throws BadInputException for an array that cannot be read
     */
    static NpyHeader read(String where, IntFunction<ByteBuffer> bytes) {
        var start = bytes.apply(8);
        boolean magic = start.get() == (byte) 0x93;
        for (char c : "NUMPY".toCharArray()) {
            magic &= start.get() == c;
        }
        int version = start.get();
        if (!magic || version < 1 || version > 3) {
            throw bad(where, "is no NumPy array of format 1, 2 or 3", "write the file with numpy.savez");
        }
        long length = version == 1
                ? Short.toUnsignedInt(bytes.apply(2).getShort())
                : Integer.toUnsignedLong(bytes.apply(4).getInt());
        if (length > MAX_HEADER) {
            throw bad(where, "claims a header of " + length + " bytes", "the file is damaged");
        }
        var text = StandardCharsets.UTF_8.decode(bytes.apply((int) length)).toString();
        var descr = descr(where, text);
        boolean big = descr.startsWith(">");
        boolean fortran = ORDER.matcher(text).results().anyMatch(m -> m.group(1).equals("True"));
        return new NpyHeader(
                type(where, big ? descr.replace('>', '<') : descr, descr),
                big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN,
                fortran,
                shape(where, text));
    }

    private static String descr(String where, String header) {
        var match = DESCR.matcher(header);
        if (!match.find()) {
            throw bad(where, "has no simple element type", "structured arrays are not read: save one array per input");
        }
        return match.group(1);
    }

    private static NpyType type(String where, String descr, String given) {
        var found = NpyType.of(descr);
        if (found == null) {
            throw bad(
                    where,
                    "has elements of type '" + given + "'",
                    given.contains("O")
                            ? "Python objects are not read: save x.astype('<f4') or another numeric type"
                            : "numbers are read: save x.astype('<f4') or another numeric type");
        }
        return found;
    }

    private static List<Long> shape(String where, String header) {
        var match = SHAPE.matcher(header);
        if (!match.find()) {
            throw bad(where, "has no shape in its header", "the file is damaged");
        }
        var dims = new ArrayList<Long>();
        for (var part : match.group(1).split(",", -1)) {
            if (!part.isBlank()) {
                dims.add(dim(where, part.strip()));
            }
        }
        if (dims.isEmpty()) {
            throw bad(where, "is a scalar", "the first axis of every array is the samples");
        }
        return List.copyOf(dims);
    }

    private static long dim(String where, String text) {
        try {
            long size = Long.parseLong(text);
            if (size >= 0 && size <= Integer.MAX_VALUE) {
                return size;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException(where + " has the size " + text, "the file is damaged", e);
        }
        throw bad(where, "has the size " + text, "at most 2^31-1 along an axis are read");
    }

    /** Returns the elements of an array in Fortran order with the last axis innermost. */
    byte[] inRowOrder(byte[] columns) {
        int width = type.bytes();
        int rank = shape.size();
        var turned = new byte[columns.length];
        var index = new int[rank];
        for (int to = 0; to < columns.length; to += width) {
            int from = 0;
            for (int axis = rank - 1; axis >= 0; axis--) {
                from = from * shape.get(axis).intValue() + index[axis];
            }
            System.arraycopy(columns, from * width, turned, to, width);
            for (int axis = rank - 1; axis >= 0 && ++index[axis] == shape.get(axis); axis--) {
                index[axis] = 0;
            }
        }
        return turned;
    }

    private static BadInputException bad(String where, String what, String hint) {
        return new BadInputException(where + " " + what, hint);
    }
}
