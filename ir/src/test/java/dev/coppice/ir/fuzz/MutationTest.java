package dev.coppice.ir.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.testing.TestData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MutationTest {

    private static final int MUTATIONS = 2_000;

    @TempDir
    private Path folder;

    @Test
    void onlyTypedErrorsComeOutOfBrokenModels() throws IOException {
        var mutators = new ArrayList<Mutator>();
        for (var file : models()) {
            mutators.add(new Mutator(Files.readAllBytes(file)));
        }
        var ordeal = new Ordeal(folder);
        var failures = new ArrayList<String>();
        var counts = new TreeMap<String, Integer>();
        for (int seed = 0; seed < MUTATIONS; seed++) {
            var broken = mutators.get(seed % mutators.size()).mutate(new SplittableRandom(seed));
            var outcome = ordeal.run(broken);
            counts.merge(outcome.getClass().getSimpleName(), 1, Integer::sum);
            if (outcome instanceof Outcome.Failed(var step, var failure)) {
                failures.add("seed " + seed + ", " + step + ": " + trace(failure));
            }
        }
        assertThat(failures).isEmpty();
        assertThat(counts)
                .as("mutations break models and leave some alive")
                .hasEntrySatisfying("Refused", n -> assertThat(n).isBetween(MUTATIONS / 4, MUTATIONS))
                .hasEntrySatisfying("Survived", n -> assertThat(n).isPositive());
    }

    private static List<Path> models() {
        return List.of(
                TestData.shared("models/light_zfnet512.onnx"),
                TestData.shared("models/light_squeezenet.onnx"),
                TestData.data("onnx-testdata/node/test_if/model.onnx"),
                TestData.data("onnx-testdata/node/test_loop11/model.onnx"),
                TestData.data("onnx-testdata/node/test_lstm_defaults/model.onnx"),
                TestData.data("onnx-testdata/pytorch-converted/test_Conv2d/model.onnx"),
                TestData.data("onnx-testdata/pytorch-operator/test_operator_repeat/model.onnx"));
    }

    private static String trace(Throwable failure) {
        var text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
