package dev.coppice.bench;

import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Trains the model that comes with Coppice for {@code coppice quickstart}: a perceptron 64-300-100-10 on the training rows of the
 * embedded digits (all but every fifth). Takes seconds, and gives the same bytes on every machine. From the repository's root:
 *
 * <pre>{@code
 * mvn -q -pl bench -am package -DskipTests
 * java -cp 'bench/target/classes:cli/target/coppice.jar' dev.coppice.bench.DigitsModel \
 *     pipeline/src/main/resources/dev/coppice/pipeline/data/sample/digits-mlp.onnx
 * }</pre>
 *
 * <p>The widths are those of LeNet-300-100 (LeCun et al. 1998), the net on which pruning by magnitude is usually shown.
 */
public final class DigitsModel {

    private static final int PIXELS = 64;
    private static final List<Integer> WIDTHS = List.of(PIXELS, 300, 100, 10);
    private static final long SEED = 42;
    private static final int EPOCHS = 60;
    private static final int BATCH = 32;
    private static final float RATE = 0.05f;
    private static final float MOMENTUM = 0.9f;
    /** Pulls what is not needed towards zero, so that there is something to prune. */
    private static final float DECAY = 1e-3f;

    private DigitsModel() {}

    /** One image of a digit. */
    static final class Sample {
        private final float[] pixels; // [64], in [0,1]
        private final int label;

        Sample(float[] pixels, int label) {
            this.pixels = pixels;
            this.label = label;
        }
    }

    /** Trains and writes the model to the file {@code args[0]}. */
    public static void main(String[] args) {
        var net = train();
        OnnxWriter.write(toModel(net), Path.of(args[0]));
        System.out.printf("%s: %.4f of the test rows%n", args[0], accuracy(net, read(Split.TEST)));
    }

    static Perceptron train() {
        var random = new Random(SEED);
        var net = new Perceptron(WIDTHS, random);
        var samples = read(Split.TRAIN);
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            Collections.shuffle(samples, random);
            float rate = RATE * (EPOCHS - epoch) / EPOCHS;
            for (int from = 0; from < samples.size(); from += BATCH) {
                var batch = samples.subList(from, Math.min(samples.size(), from + BATCH));
                batch.forEach(sample -> net.learn(sample.pixels, sample.label, batch.size()));
                net.step(rate, MOMENTUM, DECAY);
            }
        }
        return net;
    }

    static double accuracy(Perceptron net, List<Sample> samples) {
        long right = samples.stream()
                .filter(sample -> net.classify(sample.pixels) == sample.label)
                .count();
        return (double) right / samples.size();
    }

    static List<Sample> read(Split split) {
        var samples = new ArrayList<Sample>();
        var options = DataOptions.defaults().withSplit(split);
        try (var batches = Batches.open(new DataSpec.Digits(), options, List.of(input()), 1)) {
            for (var batch = batches.next(); batch != null; batch = batches.next()) {
                var pixels = batch.inputs().values().iterator().next().toFloats();
                samples.add(new Sample(pixels, batch.labels().getFirst()));
            }
        }
        return samples;
    }

    static Model toModel(Perceptron net) {
        return PerceptronExport.toModel(net, input(), "logits");
    }

    private static ValueInfo input() {
        return ValueInfo.of("pixels", DType.FLOAT, Shape.of(Dim.of("batch"), Dim.of(PIXELS)));
    }
}
