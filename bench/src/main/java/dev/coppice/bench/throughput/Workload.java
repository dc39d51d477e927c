package dev.coppice.bench.throughput;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.arch.Architecture;
import dev.coppice.train.Loss;
import dev.coppice.train.Optimizer;
import dev.coppice.train.TrainSpec;
import dev.coppice.train.data.TrainBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A model, one batch of random samples and the way to train on it.
 *
 * @param network the model's operations, written by hand
 */
record Workload(Model model, TrainBatch batch, TrainSpec spec, double rate, Network network) {

    private static final RandomGenerator RANDOM =
            RandomGeneratorFactory.of("L64X128MixRandom").create(1);

    static Workload named(String name, Path data, Path shared) {
        return switch (name) {
            case "lenet5" -> lenet5();
            case "resnet20" -> resnet20(shared);
            case "minilm" -> minilm(data);
            default -> throw new IllegalArgumentException("no workload " + name);
        };
    }

    private static Workload lenet5() {
        var architecture = Architecture.parse("lenet5");
        var model = architecture.build(architecture.defaultInput(), 10, 1);
        return new Workload(model, images(model, 128, 1, 28), classification(), 0.01, new Lenet5Network());
    }

    private static Workload resnet20(Path shared) {
        var model = OnnxReader.read(shared.resolve("models/resnet20.onnx"));
        return new Workload(model, images(model, 64, 3, 32), classification(), 0.01, new Resnet20Network());
    }

    private static TrainSpec classification() {
        return TrainSpec.of(new Loss.CrossEntropy(0), Optimizer.sgd(1e-4));
    }

    private static TrainBatch images(Model model, int samples, long channels, long side) {
        var input = model.graph().inputs().getFirst().name();
        var targets = integers(10, (long) samples);
        return new TrainBatch(
                Map.of(input, floats((long) samples, channels, side, side)), samples, Optional.of(targets));
    }

    private static Workload minilm(Path data) {
        var model = OnnxReader.read(data.resolve("minilm/model.onnx"));
        long tokens = 64;
        int samples = 16;
        var inputs = Map.of(
                "input_ids", integers(30_000, samples, tokens),
                "attention_mask", ones(samples, tokens),
                "token_type_ids", integers(1, samples, tokens));
        var batch = new TrainBatch(inputs, samples, Optional.of(floats(samples, tokens, 384)));
        var spec = TrainSpec.of(new Loss.MeanSquaredError(), Optimizer.adamW(0.01));
        return new Workload(model, batch, spec, 1e-5, new MinilmNetwork(model));
    }

    private static Tensor floats(long... sizes) {
        int count = count(sizes);
        var bytes = Arena.ofAuto().allocate(4L * count, 64);
        for (int i = 0; i < count; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) RANDOM.nextGaussian());
        }
        return Tensor.of("", DType.FLOAT, boxed(sizes), new TensorData.Bytes(bytes));
    }

    /** Returns numbers from 0 to below {@code bound}. */
    private static Tensor integers(long bound, long... sizes) {
        return filled(() -> RANDOM.nextLong(bound), sizes);
    }

    private static Tensor ones(long... sizes) {
        return filled(() -> 1, sizes);
    }

    private static Tensor filled(java.util.function.LongSupplier next, long... sizes) {
        int count = count(sizes);
        var bytes = Arena.ofAuto().allocate(8L * count, 64);
        for (int i = 0; i < count; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_LONG, i, next.getAsLong());
        }
        return Tensor.of("", DType.INT64, boxed(sizes), new TensorData.Bytes(bytes));
    }

    private static int count(long... sizes) {
        long count = 1;
        for (long size : sizes) {
            count *= size;
        }
        return Math.toIntExact(count);
    }

    private static List<Long> boxed(long... sizes) {
        return java.util.Arrays.stream(sizes).boxed().toList();
    }
}
