package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvidenceFileTest {

    @TempDir
    private Path folder;

    @Test
    void whatIsReadIsWhatWasWritten() {
        var findings = Findings.NONE
                .with(
                        Evidence.INPUT_NORM,
                        Map.of("/a/b", new Values.Columns(new double[] {1, 2, 3, 4, 5, 1e-30}, 3, 7)))
                .with(Evidence.ZERO_SHARE, Map.of("a", new Values.Rows(new double[] {0.1, 1 / 3.0})))
                .with(Evidence.GRADIENT, Map.of("a", new Values.Elements(new float[] {-1, 2.5f})));
        var file = folder.resolve("e.safetensors");
        EvidenceFile.write(file, "k", new ActivationEvidence.Found(findings, Map.of("/c", "a \"reason\"")));
        var read = EvidenceFile.read(file, "k").orElseThrow();
        assertThat(read.refused()).isEqualTo(Map.of("/c", "a \"reason\""));
        var norms = read.findings().of(Evidence.INPUT_NORM, "/a/b");
        assertThat(norms.at(6, 2, 0)).isEqualTo(3);
        assertThat(norms.at(7, 2, 0)).isEqualTo(1e-30);
        assertThat(read.findings().of(Evidence.ZERO_SHARE, "a").at(1, 0, 0)).isEqualTo(1 / 3.0);
        assertThat(read.findings().of(Evidence.GRADIENT, "a").at(0, 0, 1)).isEqualTo(2.5);
    }

    @Test
    void evidenceOfSomethingElseIsNotTaken() {
        var file = folder.resolve("e.safetensors");
        EvidenceFile.write(file, "k", new ActivationEvidence.Found(Findings.NONE, Map.of()));
        assertThat(EvidenceFile.read(file, "other")).isEmpty();
        assertThat(EvidenceFile.read(folder.resolve("none"), "k")).isEmpty();
    }
}
