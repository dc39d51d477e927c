package dev.coppice.pipeline.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.Dsl;
import java.nio.file.Path;

/** Asserts the law of structured pruning on a model in the tests' language. */
final class LawAssertion {

    private LawAssertion() {}

    /** Asserts that something can be cut that is not normalised over, that it counts, and that the cut computes what the mask does. */
    static void assertLaw(String text, Path folder) {
        var rounds = Law.check(Dsl.model(text), LawSettings.of(1), folder);
        assertThat(rounds).filteredOn(round -> !round.normalised()).isNotEmpty();
        assertThat(rounds.getFirst().effect()).isGreaterThan(1e-3);
    }
}
