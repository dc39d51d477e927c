package dev.coppice.ir.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** An encoded message as a tree of fields that may be changed in any way; encoding it again makes the lengths right. */
final class WireTree {

    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int BYTES = 2;
    static final int FIXED32 = 5;

    /** Longer content than this is elements, not structure. */
    private static final int LONGEST_STRUCTURE = 256;

    final List<Field> fields = new ArrayList<>();

    /** One field: {@code value} holds a number, {@code bytes} or {@code message} the content of a length-delimited one. */
    static final class Field {
        int number;
        int type;
        long value;
        ByteBuffer bytes = ByteBuffer.allocate(0);

        @Nullable
        WireTree message;

        Field copy() {
            var copy = new Field();
            copy.number = number;
            copy.type = type;
            copy.value = value;
            copy.bytes = message == null ? bytes : ByteBuffer.wrap(message.encode());
            return copy;
        }

        int contentSize() {
            return message == null ? bytes.remaining() : message.size();
        }
    }

    /** Parses a well-formed message; calls {@code structure} for the position of every byte that is no element of a tensor. */
    static WireTree parse(byte[] encoded, Kind kind, IntConsumer structure) {
        return parse(ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN), kind, structure);
    }

    private static WireTree parse(ByteBuffer in, Kind kind, IntConsumer structure) {
        var tree = new WireTree();
        while (in.hasRemaining()) {
            int start = in.position();
            var field = new Field();
            long tag = varint(in);
            field.number = (int) (tag >>> 3);
            field.type = (int) (tag & 7);
            int end = in.position();
            switch (field.type) {
                case VARINT -> {
                    field.value = varint(in);
                    end = in.position();
                }
                case FIXED64 -> field.value = in.getLong();
                case FIXED32 -> field.value = in.getInt();
                case BYTES -> {
                    int length = (int) varint(in);
                    end = length <= LONGEST_STRUCTURE ? in.position() + length : in.position();
                    content(field, in, length, kind.in(field.number), structure);
                }
                default -> throw new IllegalArgumentException("wire type " + field.type + " at byte " + start);
            }
            int last = field.message == null ? end : start + 1;
            for (int at = start; at < last; at++) {
                structure.accept(at);
            }
            tree.fields.add(field);
        }
        return tree;
    }

    private static void content(Field field, ByteBuffer in, int length, @Nullable Kind inner, IntConsumer structure) {
        int limit = in.limit();
        in.limit(in.position() + length);
        if (inner == null) {
            field.bytes = in.slice();
            in.position(in.limit());
        } else {
            field.message = parse(in, inner, structure);
        }
        in.limit(limit);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
    }

    /** Adds this message and all inside it to {@code into}. */
    void collect(List<WireTree> into) {
        into.add(this);
        for (var field : fields) {
            if (field.message != null) {
                field.message.collect(into);
            }
        }
    }

    byte[] encode() {
        var out = ByteBuffer.allocate(size()).order(ByteOrder.LITTLE_ENDIAN);
        write(out);
        return out.array();
    }

    private int size() {
        int size = 0;
        for (var field : fields) {
            int content = field.contentSize();
            size += varintSize(tag(field))
                    + switch (field.type) {
                        case VARINT -> varintSize(field.value);
                        case FIXED64 -> Long.BYTES;
                        case FIXED32 -> Integer.BYTES;
                        default -> varintSize(content) + content;
                    };
        }
        return size;
    }

    private void write(ByteBuffer out) {
        for (var field : fields) {
            varint(tag(field), out);
            switch (field.type) {
                case VARINT -> varint(field.value, out);
                case FIXED64 -> out.putLong(field.value);
                case FIXED32 -> out.putInt((int) field.value);
                default -> {
                    varint(field.contentSize(), out);
                    if (field.message == null) {
                        out.put(field.bytes.duplicate());
                    } else {
                        field.message.write(out);
                    }
                }
            }
        }
    }

    private static long tag(Field field) {
        return (long) field.number << 3 | field.type;
    }

    static int varintSize(long value) {
        return Math.max(1, Math.ceilDiv(Long.SIZE - Long.numberOfLeadingZeros(value), 7));
    }

    static void varint(long value, ByteBuffer out) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }
}
