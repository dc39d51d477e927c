package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.train.data.TrainBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Softmax regression of two classes, {@code y = x w}, whose gradient is known; data for it. */
public final class SoftmaxRegression {

    /** Number of inputs. */
    public static final int IN = 4;

    /** Number of weights; those of an output stand two apart. */
    public static final int SIZE = 2 * IN;

    static final double[] W = {0.5, -0.25, 1, 0.75, -0.3, 0.1, 0.9, -0.6};

    private static final int SAMPLES = 70;

    private SoftmaxRegression() {}

    /** Returns the weights to start from. */
    public static double[] weights() {
        return W.clone();
    }

    /** Writes noisy samples with inputs of different sizes, all times {@code scale}. */
    public static void writeData(Path file, double scale) throws IOException {
        var random = new Random(1);
        var lines = new StringBuilder();
        for (int n = 0; n < SAMPLES; n++) {
            double sum = 0;
            for (int i = 0; i < IN; i++) {
                float x = (float) random.nextGaussian() * (i + 1);
                sum += x;
                lines.append((float) (x * scale)).append(',');
            }
            lines.append(sum + random.nextGaussian() > 0 ? 0 : 1).append('\n');
        }
        Files.writeString(file, lines);
    }

    /** Returns the model with {@code scale} times the weights. */
    public static Model model(double scale) {
        var text = new StringBuilder();
        for (double w : W) {
            text.append(' ').append(w * scale);
        }
        return Dsl.model("""
                input x float[N,4]
                const w float[4,2] =%s
                y = MatMul(x, w)
                output y float[N,2]
                """.formatted(text));
    }

    static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    /** Returns the gradient of the mean cross-entropy of a batch. */
    public static double[] gradient(double[] w, TrainBatch batch) {
        var x = floats(batch.inputs().get("x"));
        var labels = Elements.longs(batch.targets().orElseThrow());
        var mean = new double[SIZE];
        for (int n = 0; n < labels.length; n++) {
            var logits = new double[2];
            for (int i = 0; i < SIZE; i++) {
                logits[i % 2] += x[n * IN + i / 2] * w[i];
            }
            double first = 1 / (1 + Math.exp(logits[1] - logits[0]));
            double error = first - (labels[n] == 0 ? 1 : 0); // of the second class the same with the other sign
            for (int i = 0; i < SIZE; i++) {
                mean[i] += x[n * IN + i / 2] * (i % 2 == 0 ? error : -error) / labels.length;
            }
        }
        return mean;
    }
}
