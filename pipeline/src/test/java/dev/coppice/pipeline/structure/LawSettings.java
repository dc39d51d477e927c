package dev.coppice.pipeline.structure;

import java.util.List;
import java.util.Map;

/**
 * How the law is checked.
 *
 * @param seed of the removals and of the inputs
 * @param rounds how often the model is cut, each time the one that the last cut left
 * @param share the share of a group's units that a round removes at most, in (0, 1]
 * @param shapes sizes of inputs by name, which win over customary ones
 */
public record LawSettings(long seed, int rounds, double share, Map<String, List<Long>> shapes) {

    public LawSettings {
        if (rounds < 1 || !(share > 0 && share <= 1)) {
            throw new IllegalArgumentException(rounds + " rounds, share " + share);
        }
        shapes = Map.copyOf(shapes);
    }

    /** Returns three rounds that each remove up to half of a group's units. */
    public static LawSettings of(long seed) {
        return new LawSettings(seed, 3, .5, Map.of());
    }

    public LawSettings withRounds(int newRounds) {
        return new LawSettings(seed, newRounds, share, shapes);
    }

    public LawSettings withShapes(Map<String, List<Long>> newShapes) {
        return new LawSettings(seed, rounds, share, newShapes);
    }
}
