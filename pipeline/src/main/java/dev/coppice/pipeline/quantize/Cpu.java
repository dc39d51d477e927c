package dev.coppice.pipeline.quantize;

import dev.coppice.prune.quantize.Int8Range;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** Tells what this machine's processor can do with int8. */
public final class Cpu {

    private static final Path INFO = Path.of("/proc/cpuinfo");

    /** Names of instructions that add products of 8-bit integers in 32 bits: VNNI and AMX of x86, dot products of ARM. */
    private static final Set<String> WIDE_SUMS = Set.of("avx512_vnni", "avx_vnni", "amx_int8", "asimddp");

    private Cpu() {}

    /**
     * Returns how much of the int8 range weights may use here without sums that saturate: x86 without VNNI adds pairs of products in
     * 16 bits. What cannot be told is taken for a machine with all of it.
     */
    public static Int8Range range() {
        var architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        boolean x86 = architecture.equals("amd64") || architecture.equals("x86_64");
        if (!x86 || !Files.isReadable(INFO)) {
            return Int8Range.FULL;
        }
        try (var lines = Files.lines(INFO)) {
            return range(
                    lines.filter(line -> line.startsWith("flags")).findFirst().orElse(""));
        } catch (IOException _) {
            return Int8Range.FULL;
        }
    }

    /** Returns the range for a processor with the flags of a line of {@code /proc/cpuinfo}. */
    static Int8Range range(String flags) {
        return flags.isEmpty() || Arrays.stream(flags.split("\\s+")).anyMatch(WIDE_SUMS::contains)
                ? Int8Range.FULL
                : Int8Range.SEVEN_BIT;
    }
}
