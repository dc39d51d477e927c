package dev.coppice.ir.fuzz;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Numbers at which programs break. */
final class Interesting {

    private static final long[] NUMBERS = {
        0,
        1,
        2,
        3,
        7,
        8,
        16,
        31,
        32,
        63,
        64,
        127,
        128,
        255,
        256,
        4096,
        65_535,
        1 << 20,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        5L << 40,
        1L << 60,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -3,
        -128,
        Integer.MIN_VALUE,
        1L << 62
    };

    private Interesting() {}

    static long number(RandomGenerator random) {
        return random.nextInt(4) == 0
                ? random.nextLong() >> random.nextInt(64)
                : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    static byte octet(RandomGenerator random) {
        return (byte) number(random);
    }

    static byte[] varint(RandomGenerator random) {
        long value = number(random);
        var out = ByteBuffer.allocate(10);
        WireTree.varint(value, out);
        return Arrays.copyOf(out.array(), out.position());
    }
}
