package dev.coppice.pipeline.study;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where a model of a study comes from. */
sealed interface StudyModel {

    /** A file; the same for every seed. */
    record Stored(Path file) implements StudyModel {}

    /**
     * A classic network with fresh weights, trained when {@code training} has epochs; one for each seed.
     *
     * @param architecture as of {@code coppice new}
     * @param input size of its images, as of {@code coppice new}; empty for the architecture's own
     * @param training settings of {@code coppice train}, over the study's
     */
    record Fresh(String architecture, String input, int classes, Map<String, Object> training) implements StudyModel {
        public Fresh {
            training = new LinkedHashMap<>(training);
        }
    }
}
