package dev.coppice.ir.fuzz;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * Makes broken models of a good one: half of them by changing bytes, half by changing fields and encoding the message again, so
 * that the damage lies deeper than a wrong length. Changes fall on the structure, seldom on the weights.
 */
public final class Mutator {

    private final byte[] model;
    private final int[] structure;

    /** Prepares to break a model; throws {@link IllegalArgumentException} when it is not well-formed itself. */
    public Mutator(byte[] model) {
        this.model = model.clone();
        var positions = IntStream.builder();
        WireTree.parse(model, Kind.MODEL, positions::add);
        structure = positions.build().toArray();
    }

    /** Returns a changed copy; the same random numbers give the same copy. */
    public byte[] mutate(RandomGenerator random) {
        int changes = 1 + random.nextInt(4);
        if (random.nextBoolean()) {
            var tree = WireTree.parse(model, Kind.MODEL, _ -> {});
            for (int i = 0; i < changes; i++) {
                TreeMutation.apply(tree, random);
            }
            return tree.encode();
        }
        byte[] bytes = model;
        for (int i = 0; i < changes; i++) {
            bytes = mutateBytes(bytes, random);
        }
        return bytes;
    }

    private byte[] mutateBytes(byte[] bytes, RandomGenerator random) {
        if (bytes.length == 0) {
            return bytes;
        }
        int at = Math.min(structure[random.nextInt(structure.length)], bytes.length - 1);
        int length = Math.min(1 + random.nextInt(16), bytes.length - at);
        return switch (random.nextInt(8)) {
            case 0 -> with(bytes, at, (byte) (bytes[at] ^ 1 << random.nextInt(8)));
            case 1 -> with(bytes, at, Interesting.octet(random));
            case 2 ->
                with(bytes, at, (byte) (bytes[at] & ~7 | random.nextInt(8))); // another wire type, if this is a tag
            case 3 -> splice(bytes, at, 1, Interesting.varint(random));
            case 4 -> splice(bytes, at, length, new byte[0]);
            case 5 -> splice(bytes, at, 0, Arrays.copyOfRange(bytes, at, at + length));
            case 6 ->
                move(bytes, at, length, Math.min(structure[random.nextInt(structure.length)], bytes.length - length));
            default -> Arrays.copyOf(bytes, at);
        };
    }

    private static byte[] with(byte[] bytes, int at, byte value) {
        byte[] changed = bytes.clone();
        changed[at] = value;
        return changed;
    }

    private static byte[] splice(byte[] bytes, int at, int removed, byte[] inserted) {
        byte[] changed = new byte[bytes.length - removed + inserted.length];
        System.arraycopy(bytes, 0, changed, 0, at);
        System.arraycopy(inserted, 0, changed, at, inserted.length);
        System.arraycopy(bytes, at + removed, changed, at + inserted.length, bytes.length - at - removed);
        return changed;
    }

    private static byte[] move(byte[] bytes, int from, int length, int to) {
        byte[] changed = bytes.clone();
        System.arraycopy(bytes, from, changed, Math.max(0, to), length);
        return changed;
    }
}
