package dev.coppice.prune.score;

import dev.coppice.prune.pattern.Pattern;
import java.util.Locale;

/** What a score is given to. */
public enum UnitKind {
    WEIGHT,
    BLOCK,
    ROW,
    COLUMN,
    CHANNEL,
    HEAD,
    LAYER;

    /** Returns what a pattern prunes at once. */
    public static UnitKind of(Pattern pattern) {
        return switch (pattern) {
            case Pattern.Unstructured _, Pattern.NofM _ -> WEIGHT;
            case Pattern.Row _ -> ROW;
            case Pattern.Column _ -> COLUMN;
            case Pattern.Block _ -> BLOCK;
        };
    }

    /** Says whether it is removed from several weights at once. */
    public boolean isStructure() {
        return this == CHANNEL || this == HEAD || this == LAYER;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
