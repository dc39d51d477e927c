package dev.coppice.ir.onnx;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Walks the fields of one encoded message (Protocol Buffers wire format). Nothing is trusted: every length is held against the
 * bytes that are left before anything is read or allocated.
 */
final class WireReader {

    static final String DAMAGED = "the file is damaged or no ONNX model; export or download it again";

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int LONGEST_ARRAY = Integer.MAX_VALUE - 8;

    /** What an element costs in the heap once it is decoded, roughly: records, lists, slices, boxes. */
    private static final long MESSAGE_COST = 200;

    private static final long FIELD_COST = 64;
    private static final long NUMBER_COST = 28;

    /** Messages up to this size are copied before they are walked: reading an array is much faster while the JVM is cold. */
    private static final long COPIED_UP_TO = 1 << 16;

    private final MemorySegment message;
    private final byte @Nullable [] copy;
    private final int copyStart;
    private final @Nullable WireReader parent;
    private final String name;
    private final int index;
    private final long start;
    private final Budget budget;
    private final long size;
    private long position;
    private long fieldStart;
    private int field;
    private int wireType;
    private long number;
    private long bytesStart;
    private final List<MemorySegment> carried = new ArrayList<>(0);

    /** Makes a reader of a whole file. */
    WireReader(MemorySegment file) {
        this(file, null, "", -1, 0, new Budget());
    }

    private WireReader(
            MemorySegment message, @Nullable WireReader parent, String name, int index, long start, Budget budget) {
        this.message = message;
        this.size = message.byteSize();
        this.parent = parent;
        this.name = name;
        this.index = index;
        this.start = start;
        this.budget = budget;
        if (parent != null && parent.copy != null) {
            this.copy = parent.copy;
            this.copyStart = parent.copyStart + (int) parent.bytesStart;
        } else {
            this.copy = size <= COPIED_UP_TO ? message.toArray(ValueLayout.JAVA_BYTE) : null;
            this.copyStart = 0;
        }
    }

    /** Moves to the next field and reads its value; returns false at the end of the message. */
    boolean next() {
        if (position == size) {
            return false;
        }
        fieldStart = position;
        spend(FIELD_COST);
        long tag = varint();
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        if (tag >>> 32 != 0 || field == 0) {
            throw error("field number " + (tag >>> 3) + " is impossible");
        }
        switch (wireType) {
            case VARINT -> number = varint();
            case FIXED64 -> number = message.get(LONG, take(8));
            case FIXED32 -> number = message.get(INT, take(4));
            case BYTES -> bytesStart = take(varint());
            default -> throw error("wire type " + wireType + " is not used by ONNX");
        }
        return true;
    }

    int field() {
        return field;
    }

    int wireType() {
        return wireType;
    }

    /** Keeps the current field for {@link #carried}. */
    void carry() {
        carried.add(message.asSlice(fieldStart, position - fieldStart));
    }

    /** Returns all fields kept by {@link #carry}, concatenated. */
    MemorySegment carried() {
        return join(carried);
    }

    /** Returns the pieces as one; several are copied together. */
    MemorySegment join(List<MemorySegment> pieces) {
        if (pieces.isEmpty()) {
            return MemorySegment.NULL;
        }
        if (pieces.size() == 1) {
            return pieces.getFirst();
        }
        var joined = MemorySegment.ofArray(
                array(pieces.stream().mapToLong(MemorySegment::byteSize).sum()));
        long at = 0;
        for (var piece : pieces) {
            MemorySegment.copy(piece, 0, joined, at, piece.byteSize());
            at += piece.byteSize();
        }
        return joined;
    }

    /** Returns an array of {@code size} bytes to decode into, within the budget. */
    byte[] array(long size) {
        spend(size);
        if (size > LONGEST_ARRAY) {
            throw error("scattered data of " + size + " bytes");
        }
        return new byte[(int) size];
    }

    long number() {
        expect(VARINT);
        return number;
    }

    float floatNumber() {
        expect(FIXED32);
        return Float.intBitsToFloat((int) number);
    }

    MemorySegment bytes() {
        expect(BYTES);
        return message.asSlice(bytesStart, position - bytesStart);
    }

    /** Returns the raw bits of a varint or fixed-width field, whichever it is. */
    long bits() {
        return number;
    }

    String string() {
        expect(BYTES);
        long length = position - bytesStart;
        if (length > 1 << 24) {
            throw error("a name of " + length + " bytes");
        }
        spend(length);
        return copy == null
                ? text(bytes().toArray(ValueLayout.JAVA_BYTE), 0, (int) length)
                : text(copy, copyStart + (int) bytesStart, (int) length);
    }

    private String text(byte[] utf8, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (utf8[i] < 0) {
                return beyondAscii(ByteBuffer.wrap(utf8, from, length));
            }
        }
        return new String(utf8, from, length, StandardCharsets.ISO_8859_1);
    }

    private String beyondAscii(ByteBuffer utf8) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
        } catch (CharacterCodingException e) {
            throw new BadModelException(where() + ": text that is not UTF-8", DAMAGED, e);
        }
    }

    /** Returns a reader of the message in the current field, called {@code name} in error messages. */
    WireReader message(String messageName) {
        return message(messageName, -1);
    }

    /** Returns a reader of the message in the current field, element {@code number} of those called {@code name}. */
    WireReader message(String messageName, int number) {
        spend(MESSAGE_COST);
        return new WireReader(bytes(), this, messageName, number, start + bytesStart, budget);
    }

    /** Returns the whole encoded message. */
    MemorySegment encoded() {
        return message;
    }

    /** Reads the numbers of a repeated integer field, packed or not, into {@code list}. */
    void numbers(List<Long> list) {
        if (wireType == BYTES) {
            var packed = message("packed");
            while (!packed.atEnd()) {
                spend(NUMBER_COST);
                list.add(packed.varint());
            }
        } else {
            list.add(number());
        }
    }

    /** Says that a field has a wire type other than the format's. */
    private void expect(int expected) {
        if (wireType != expected) {
            throw error("field " + field + " has wire type " + wireType + " instead of " + expected);
        }
    }

    /** Returns the element type of a code, or throws an error that says where the code stands. */
    DType type(long code) {
        try {
            return DType.ofCode(code);
        } catch (BadModelException e) {
            throw new BadModelException(where() + ": " + e.getMessage(), e.hint(), e);
        }
    }

    long varint() {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            if (position == size) {
                throw error("the data end inside a number");
            }
            byte b = copy == null ? message.get(ValueLayout.JAVA_BYTE, position) : copy[copyStart + (int) position];
            position++;
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw error("a number of more than 10 bytes");
    }

    boolean atEnd() {
        return position == size;
    }

    /** Steps over {@code length} bytes and returns where they start. */
    private long take(long length) {
        long left = size - position;
        if (length < 0 || length > left) {
            throw error("a field claims " + Long.toUnsignedString(length) + " bytes where " + left + " are left");
        }
        long from = position;
        position += length;
        return from;
    }

    /** Returns where the message stands, such as {@code graph.node[3]}; empty for the file itself. */
    String place() {
        String own = index < 0 ? name : name + "[" + index + "]";
        String outer = parent == null ? "" : parent.place();
        return outer.isEmpty() ? own : outer + "." + own;
    }

    /** Charges the heap that decoding is about to take; throws when the whole file would take too much. */
    void spend(long bytes) {
        if (!budget.spend(bytes)) {
            throw new BadModelException(where() + ": " + budget.exceeded(), Budget.HINT);
        }
    }

    /** Returns where this reader stands, for error messages, such as {@code byte 123 in graph.node[3]}. */
    String where() {
        String place = place();
        return "byte " + (start + position) + (place.isEmpty() ? "" : " in " + place);
    }

    BadModelException error(String what) {
        return new BadModelException(where() + ": " + what, DAMAGED);
    }
}
