package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The law of structured pruning on seeded random graphs that mix all patterns. */
class RandomGraphsTest {

    private static final int GRAPHS = 2_000;
    private static final int ROUNDS = 2;

    @TempDir
    private Path folder;

    @Test
    void removingEqualsMaskingOnRandomGraphs() {
        int prunable = 0;
        int normalised = 0;
        int telling = 0;
        for (long seed = 1; seed <= GRAPHS; seed++) {
            var graph = RandomGraph.of(seed);
            List<Law.Round> rounds;
            try {
                rounds = check(graph, seed);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(smallest(graph, seed, String.valueOf(e.getMessage())), e);
            }
            prunable += rounds.isEmpty() ? 0 : 1;
            normalised += rounds.stream().anyMatch(Law.Round::normalised) ? 1 : 0;
            telling += rounds.stream().anyMatch(round -> round.effect() > 1e-3) ? 1 : 0;
        }
        // Opaque parts and collapsed channel shuffles leave some graphs with nothing to prune.
        assertThat(prunable).as("graphs with something to prune").isGreaterThan(GRAPHS * 9 / 10);
        assertThat(telling).as("graphs in which the units matter").isGreaterThan(GRAPHS * 8 / 10);
        assertThat(normalised).as("graphs with normalised units").isGreaterThan(GRAPHS / 10);
    }

    private List<Law.Round> check(RandomGraph graph, long seed) {
        return Law.check(graph.model(), LawSettings.of(seed).withRounds(ROUNDS), folder);
    }

    /** Returns the text of the smallest graph that fails, too. */
    private String smallest(RandomGraph failing, long seed, String message) {
        var graph = failing;
        var text = message;
        for (boolean smaller = true; smaller; ) {
            smaller = false;
            for (var other : graph.simpler()) {
                var failure = failure(other, seed);
                if (failure != null) {
                    graph = other;
                    text = failure;
                    smaller = true;
                    break;
                }
            }
        }
        return "seed %d: %s%n%s".formatted(seed, text, graph.text());
    }

    private @Nullable String failure(RandomGraph graph, long seed) {
        try {
            check(graph, seed);
            return null;
        } catch (RuntimeException | AssertionError e) {
            return String.valueOf(e.getMessage());
        }
    }
}
