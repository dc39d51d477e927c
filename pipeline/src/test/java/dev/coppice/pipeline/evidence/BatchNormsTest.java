package dev.coppice.pipeline.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Judges by ONNX Runtime: a normalised output has the mean and the variance that its scale and shift say. */
class BatchNormsTest {

    private static final int CHANNELS = 3;

    @TempDir
    private Path folder;

    private static InMemory samples() {
        var random = new SplittableRandom(3);
        var batches = new ArrayList<Batch>();
        for (int b = 0; b < 3; b++) {
            var values = new float[4 * 2 * 5 * 5];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (b + random.nextGaussian());
            }
            batches.add(new Batch(
                    Map.of("x", HostTensor.ofFloats(values, 4, 2, 5, 5)), 4, List.of(), List.of(), List.of()));
        }
        return new InMemory(batches);
    }

    /** Returns the mean and the variance of each channel of the model's outputs on the data. */
    private double[][] moments(Model model, InMemory data) {
        var file = folder.resolve("m" + System.nanoTime() + ".onnx");
        OnnxWriter.write(model, file);
        var sums = new double[CHANNELS];
        var squares = new double[CHANNELS];
        long count = 0;
        try (var session = OrtModel.open(file, OrtOptions.defaults())) {
            for (var batch : data.batches()) {
                var y = session.run(batch.inputs()).values().iterator().next().toFloats(); // [4, 3, 3, 3]
                for (int i = 0; i < y.length; i++) {
                    sums[i / 9 % CHANNELS] += y[i];
                    squares[i / 9 % CHANNELS] += (double) y[i] * y[i];
                }
                count += y.length / CHANNELS;
            }
        }
        var moments = new double[CHANNELS][2];
        for (int c = 0; c < CHANNELS; c++) {
            moments[c][0] = sums[c] / count;
            moments[c][1] = squares[c] / count - moments[c][0] * moments[c][0];
        }
        return moments;
    }

    @Test
    void aPrunedConvolutionIsNormalisedAgain() {
        var dense = Dsl.model("""
                input x float[N,2,5,5]
                const w float[3,2,3,3] seed 1
                const g float[3] = 1.0 2.0 0.5
                const b float[3] = 0.0 1.0 -1.0
                const m float[3] = 0.0 0.0 0.0
                const v float[3] = 1.0 1.0 1.0
                h = Conv(x, w)
                y = BatchNormalization(h, g, b, m, v)
                output y float[N,3,3,3]
                """);
        var mask = new Mask(54);
        for (int i = 0; i < 54; i += 2) {
            mask.prune(i);
        }
        var pruned = dense.mapTensors(tensor -> tensor.name().equals("w") ? tensor.masked(mask) : tensor);
        var data = samples();
        var repaired = BatchNorms.reestimate(pruned, data, 1, Progress.NONE);
        assertThat(repaired.layers()).isEqualTo(1);
        var moments = moments(repaired.model(), data);
        var scale = new double[] {1, 2, 0.5};
        var shift = new double[] {0, 1, -1};
        for (int c = 0; c < CHANNELS; c++) {
            assertThat(moments[c][0]).isCloseTo(shift[c], within(1e-4));
            assertThat(moments[c][1]).isCloseTo(scale[c] * scale[c], within(1e-3 * scale[c] * scale[c]));
        }
        var before = moments(pruned, data);
        assertThat(before[0][0]).as("without repair").isNotCloseTo(0, within(1e-2));
    }
}
