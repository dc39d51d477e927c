package dev.coppice.pipeline.data;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.data.TrainData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the tests of training data share. */
public final class TrainTesting {

    private TrainTesting() {}

    public static TrainData open(String spec, DataOptions options, Batching batching, ValueInfo... inputs) {
        return TrainingData.open(DataSpec.parse(spec), options, List.of(inputs), batching);
    }

    public static TrainData open(String spec, Batching batching, ValueInfo... inputs) {
        return open(spec, DataOptions.defaults(), batching, inputs);
    }

    /** Returns copies of the batches of an epoch from {@code first} on. */
    public static List<TrainBatch> epoch(TrainData data, int number, int first) {
        try (var epoch = data.epoch(number, first)) {
            var all = new ArrayList<TrainBatch>();
            for (var batch = epoch.next(); batch != null; batch = epoch.next()) {
                all.add(copy(batch));
            }
            return all;
        }
    }

    private static TrainBatch copy(TrainBatch batch) {
        var inputs = new HashMap<String, Tensor>();
        batch.inputs().forEach((name, tensor) -> inputs.put(name, copy(tensor)));
        return new TrainBatch(inputs, batch.samples(), batch.targets().map(TrainTesting::copy));
    }

    private static Tensor copy(Tensor tensor) {
        var bytes = Elements.bytes(tensor).toArray(ValueLayout.JAVA_BYTE);
        return tensor.withData(new TensorData.Bytes(MemorySegment.ofArray(bytes)));
    }

    public static List<TrainBatch> epoch(TrainData data, int number) {
        return epoch(data, number, 0);
    }

    public static Tensor input(TrainBatch batch, String name) {
        return Objects.requireNonNull(batch.inputs().get(name));
    }

    public static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    public static float[] floats(TrainBatch batch) {
        return floats(input(batch, "x"));
    }

    public static long[] longs(TrainBatch batch, String name) {
        return Elements.longs(input(batch, name));
    }

    public static long[] classes(TrainBatch batch) {
        return Elements.longs(batch.targets().orElseThrow());
    }

    /** Returns every byte of some batches, in a form that can be compared. */
    public static List<List<Byte>> bytes(List<TrainBatch> batches) {
        var all = new ArrayList<List<Byte>>();
        for (var batch : batches) {
            var tensors = new ArrayList<Tensor>();
            batch.inputs().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(entry -> tensors.add(entry.getValue()));
            batch.targets().ifPresent(tensors::add);
            var bytes = new ArrayList<Byte>();
            for (var tensor : tensors) {
                for (byte b : Elements.bytes(tensor).toArray(ValueLayout.JAVA_BYTE)) {
                    bytes.add(b);
                }
            }
            all.add(bytes);
        }
        return all;
    }
}
