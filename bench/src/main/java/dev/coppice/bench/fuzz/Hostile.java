package dev.coppice.bench.fuzz;

import java.util.List;
import java.util.random.RandomGenerator;

/** Numbers, names and shapes at which programs break. */
final class Hostile {

    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        -2,
        3,
        4,
        7,
        8,
        -9,
        16,
        64,
        4097,
        1 << 16,
        1 << 20,
        1 << 24,
        (1 << 28) + 1,
        Integer.MAX_VALUE,
        1L << 31,
        1L << 32,
        1L << 40,
        1L << 60,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Integer.MIN_VALUE
    };

    private static final List<String> NAMES = List.of(
            "x",
            "v1",
            "c1",
            "",
            "\u001b[31mred",
            "two\nlines",
            "<script>alert(1)</script>",
            "\u202eleft",
            "../../up",
            "%s%n",
            "a".repeat(5000),
            "ключ",
            "\u0000");

    private Hostile() {}

    static long number(RandomGenerator random) {
        return random.nextInt(6) == 0
                ? random.nextLong() >> random.nextInt(64)
                : NUMBERS[random.nextInt(NUMBERS.length)];
    }

    static String name(RandomGenerator random) {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    static <T> T any(List<T> list, RandomGenerator random) {
        return list.get(random.nextInt(list.size()));
    }
}
