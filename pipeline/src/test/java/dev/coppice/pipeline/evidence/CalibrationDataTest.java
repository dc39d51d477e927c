package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationDataTest {

    @TempDir
    private Path folder;

    private static CalibrationData data(String spec, String input, long samples) {
        var inputs = Dsl.model("input x " + input + "\ny = Relu(x)\noutput y")
                .graph()
                .inputs();
        return new CalibrationData(DataSpec.parse(spec), DataOptions.defaults(), inputs, samples);
    }

    private static CalibrationData digits() {
        return data("digits", "float[batch,1,8,8]", 70);
    }

    private static List<float[]> values(Samples samples) {
        var all = new ArrayList<float[]>();
        samples.forEach(Progress.NONE, batch -> all.add(batch.inputs().get("x").toFloats()));
        return all;
    }

    @Test
    void everyPassReadsTheSameBatches() {
        var digits = digits();
        assertThat(values(digits)).hasSize(5);
        assertThat(values(digits)).usingRecursiveComparison().isEqualTo(values(digits));
    }

    @Test
    void batchesAreAsLargeAsAskedForAndNoneIsReadBeyondWhatIsWanted() {
        var sizes = new ArrayList<Integer>();
        digits().read(32, Progress.NONE, batch -> sizes.add(batch.samples()));
        assertThat(sizes).containsExactly(32, 32, 6);
        sizes.clear();
        digits().read(1, Progress.NONE, batch -> {
            sizes.add(batch.samples());
            return sizes.size() < 3;
        });
        assertThat(sizes).containsExactly(1, 1, 1);
    }

    @Test
    void noSamplesAreAnError() throws IOException {
        var file = Files.writeString(folder.resolve("empty.csv"), "a,b,label\n");
        var empty = data("csv:" + file, "float[batch,2]", 10);
        assertThatThrownBy(() -> values(empty)).isInstanceOf(BadInputException.class);
    }
}
