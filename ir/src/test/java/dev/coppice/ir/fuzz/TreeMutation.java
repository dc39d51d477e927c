package dev.coppice.ir.fuzz;

import dev.coppice.ir.fuzz.WireTree.Field;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** One change to one field somewhere in a message. */
final class TreeMutation {

    /** Whole graphs are not copied into each other. */
    private static final int LARGEST_GRAFT = 1 << 16;

    private static final int[] TYPES = {WireTree.VARINT, WireTree.FIXED64, WireTree.BYTES, WireTree.FIXED32};

    private TreeMutation() {}

    static void apply(WireTree root, RandomGenerator random) {
        var messages = new ArrayList<WireTree>();
        root.collect(messages);
        var fields = any(messages, random).fields;
        if (fields.isEmpty()) {
            return;
        }
        int at = random.nextInt(fields.size());
        var field = fields.get(at);
        switch (random.nextInt(9)) {
            case 0 -> fields.remove(at);
            case 1 -> fields.add(random.nextInt(fields.size() + 1), small(field) ? field.copy() : field);
            case 2 -> fields.add(random.nextInt(fields.size()), fields.remove(at));
            case 3 -> field.number = 1 + random.nextInt(26);
            case 4 -> field.type = TYPES[random.nextInt(TYPES.length)];
            case 5, 6 -> change(field, random);
            case 7 -> graft(any(messages, random).fields, field, random);
            default -> fields.add(at, made(random));
        }
    }

    private static void change(Field field, RandomGenerator random) {
        field.value = Interesting.number(random);
        if (field.type != WireTree.BYTES || field.message != null) {
            return;
        }
        int length = field.bytes.remaining();
        switch (random.nextInt(4)) {
            case 0 -> field.bytes = ByteBuffer.allocate(0);
            case 1 -> field.bytes = field.bytes.slice(0, random.nextInt(length + 1));
            case 2 -> field.bytes = ByteBuffer.wrap(Interesting.varint(random));
            default -> {
                byte[] bytes = new byte[length];
                field.bytes.duplicate().get(bytes);
                if (length > 0) {
                    bytes[random.nextInt(length)] = Interesting.octet(random);
                }
                field.bytes = ByteBuffer.wrap(bytes);
            }
        }
    }

    /** Replaces a field's content by that of another field: names get mixed up, messages stand where others belong. */
    private static void graft(List<Field> others, Field field, RandomGenerator random) {
        if (others.isEmpty()) {
            return;
        }
        var other = others.get(random.nextInt(others.size()));
        if (small(other)) {
            var copy = other.copy();
            field.type = copy.type;
            field.value = copy.value;
            field.bytes = copy.bytes;
            field.message = null;
        }
    }

    private static boolean small(Field field) {
        return field.contentSize() <= LARGEST_GRAFT;
    }

    private static Field made(RandomGenerator random) {
        var field = new Field();
        field.number = 1 + random.nextInt(26);
        field.type = TYPES[random.nextInt(TYPES.length)];
        field.value = Interesting.number(random);
        field.bytes = ByteBuffer.wrap(Interesting.varint(random));
        return field;
    }

    private static <T> T any(List<T> list, RandomGenerator random) {
        return list.get(random.nextInt(list.size()));
    }
}
