package dev.coppice.prune.quantize;

/** Between which values an activation is represented; what lies outside is clipped. Both finite, {@code min <= max}. */
public record ActivationRange(float min, float max) {

    public ActivationRange {
        if (!(min <= max) || Float.isInfinite(min) || Float.isInfinite(max)) {
            throw new IllegalArgumentException("a range from " + min + " to " + max);
        }
    }
}
