package dev.coppice.prune.structure;

import dev.coppice.ir.UsageException;
import dev.coppice.prune.score.UnitKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What is physically removed as one. */
public enum Granularity {
    /** Channels of convolutions, neurons, hidden units: whatever is no head. */
    CHANNEL,
    /** Heads of attention; with grouped queries a head of keys and values, with all its queries, or one query of each. */
    HEAD,
    /** The branches of residual connections. */
    LAYER;

    /** Says whether a text names one or more granularities of structure, joined by {@code +}. */
    public static boolean isStructured(String text) {
        return Arrays.stream(text.split("\\+", -1))
                .allMatch(part ->
                        Arrays.stream(values()).anyMatch(value -> value.label().equals(part)));
    }

    /** Reads {@code channel}, {@code head}, {@code layer}, or {@code channel+head}. */
    public static Set<Granularity> parse(String text) {
        var set = EnumSet.noneOf(Granularity.class);
        for (var part : text.split("\\+", -1)) {
            for (var value : values()) {
                if (value.label().equals(part)) {
                    set.add(value);
                }
            }
        }
        if (!isStructured(text) || (set.contains(LAYER) && set.size() > 1)) {
            throw new UsageException(
                    "unknown granularity '" + text + "'",
                    "of structure there are channel, head, channel+head and layer");
        }
        return set;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns what criteria know it as. */
    UnitKind unitKind() {
        return switch (this) {
            case CHANNEL -> UnitKind.CHANNEL;
            case HEAD -> UnitKind.HEAD;
            case LAYER -> UnitKind.LAYER;
        };
    }

    static String label(Set<Granularity> set) {
        List<Granularity> sorted = new ArrayList<>(EnumSet.copyOf(set));
        return sorted.stream().map(Granularity::label).collect(Collectors.joining("+"));
    }
}
