package dev.coppice.pipeline.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.ActivationPlan;
import dev.coppice.prune.Plan;
import dev.coppice.prune.StructuredPlan;
import dev.coppice.prune.WeightPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanFileTest {

    /** As version 0.1 wrote it. */
    private static final String WEIGHTS = """
        {"criterion": "l1", "granularity": "block:2x2", "allocate": "global", "seed": 7, "weights": [
          {"name": "w", "node": "fc", "op": "Gemm", "shape": [8, 4], "rows": 8, "columns": 4, "units": 8, "prune": 3}]}
        """;

    private static final String GROUPS = """
        {"criterion": "l2", "granularity": "channel", "allocate": "uniform", "seed": 0, "groups": [
          {"name": "w", "node": "fc", "kind": "channel", "width": 8, "removed": [1, 5]}]}
        """;

    @TempDir
    private Path folder;

    private Plan read(String text) throws IOException {
        return PlanFile.read(Files.writeString(folder.resolve("plan.json"), text));
    }

    @Test
    void plansOfBothKindsAreReadAsTheyWereWritten() throws IOException {
        var weights = new WeightPlan(
                "l1",
                "block:2x2",
                "global",
                7,
                List.of(new WeightPlan.Entry("w", "fc", "Gemm", List.of(8L, 4L), 8, 4, 8, 3)));
        var structure = new StructuredPlan(
                "l2",
                "channel",
                "uniform",
                0,
                List.of(new StructuredPlan.Entry("w", "fc", "channel", 8, List.of(1, 5))));
        assertThat(read(WEIGHTS)).isEqualTo(weights);
        assertThat(read(GROUPS)).isEqualTo(structure);
        assertThat(Json.line(PlanFile.describe(weights))).isEqualToIgnoringWhitespace(Json.line(Json.read(WEIGHTS)));
        assertThat(Json.line(PlanFile.describe(structure))).isEqualToIgnoringWhitespace(Json.line(Json.read(GROUPS)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        "removed": [1, 5] | "removed": [1, 5.5]      | 'removed' is not a whole number
        "removed": [1, 5] | "removed": 5             | 'removed' is not a list of whole numbers
        "removed": [1, 5] | "removed": [99999999999] | 'removed' is not a whole number of units
        "width": 8        | "width": 99999999999     | 'width' is not a whole number of units
        "seed": 0         | "seed": "a"              | 'seed' is not a whole number
        "kind": "channel" | "kind": 3                | 'kind' is not a text
        "groups"          | "others"                 | is no plan
        """)
    void aPlanOfGroupsEditedWronglyIsRefused(String old, String edited, String complaint) {
        assertThatThrownBy(() -> read(GROUPS.replace(old, edited)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(complaint);
    }

    @Test
    void thresholdsAreWrittenButCarriedOutByNobody() {
        var plan = new ActivationPlan(true, List.of(new ActivationPlan.Entry("h", 0.25, 0.1, 0.5, 0.48)));
        var text = Json.line(PlanFile.describe(plan));
        assertThat(text).contains("\"held-out\"", "\"threshold\"", "0.25", "\"zeros-measured\"");
        assertThatThrownBy(() -> read(text)).isInstanceOf(BadInputException.class);
    }
}
