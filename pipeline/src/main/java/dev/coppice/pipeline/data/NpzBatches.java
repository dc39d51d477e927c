package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.ValueInfo;
import dev.coppice.runtime.ort.HostTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** Batches of NumPy arrays: the archive's arrays stream side by side, each on its own inflater. */
final class NpzBatches implements Batches {

    private static final String LABELS = "y";

    private final Path file;
    private final ZipFile zip;
    private final Map<ValueInfo, NpyStream> arrays = new LinkedHashMap<>();
    private final int batchSize;
    private final long total;
    private @Nullable NpyStream labels;
    private long done;

    NpzBatches(DataSpec.Npz spec, DataOptions options, List<ValueInfo> inputs, int batchSize) {
        file = spec.file();
        DataFiles.requireFile(file);
        zip = openZip(file);
        try {
            for (var input : inputs) {
                arrays.put(input, open(input.name()));
            }
            labels = zip.getEntry(LABELS + ".npy") == null ? null : open(LABELS);
            total = options.limitOr(commonLength());
            this.batchSize = inputs.stream()
                    .mapToInt(NpzBatches::fixedBatch)
                    .filter(n -> n > 0)
                    .findFirst()
                    .orElse(batchSize);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private static ZipFile openZip(Path file) {
        try {
            return new ZipFile(file.toFile());
        } catch (ZipException e) {
            throw new BadInputException(
                    file + " is no NumPy archive: " + e.getMessage(), "write it with numpy.savez", e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    private NpyStream open(String name) {
        var entry = zip.getEntry(name + ".npy");
        if (entry == null) {
            var names = zip.stream()
                    .map(e -> e.getName().replaceFirst("\\.npy$", ""))
                    .collect(Collectors.joining(", "));
            throw new BadInputException(
                    file + " has no array '" + name + "' for the model's input; it has: " + names,
                    "name the arrays after the inputs: numpy.savez(file, **{'" + name + "': x})");
        }
        try {
            return new NpyStream(file + " array '" + name + "'", zip.getInputStream(entry));
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    private long commonLength() {
        var streams = new ArrayList<>(arrays.values());
        if (labels != null) {
            streams.add(labels);
        }
        if (streams.isEmpty()) {
            throw new BadInputException("the model has no input to feed", "");
        }
        var first = streams.getFirst();
        for (var stream : streams) {
            if (!stream.shape().getFirst().equals(first.shape().getFirst())) {
                throw new BadInputException(
                        stream.where() + " has " + stream.shape().getFirst() + " samples, " + first.where() + " has "
                                + first.shape().getFirst(),
                        "the first axis of every array is the samples");
            }
        }
        return first.shape().getFirst();
    }

    private static int fixedBatch(ValueInfo input) {
        var shape = input.shape();
        return shape != null && shape.rank() > 0 && shape.dim(0) instanceof Dim.Known(long size) ? (int) size : 0;
    }

    @Override
    public @Nullable Batch next() {
        int samples = (int) Math.min(batchSize, total - done);
        if (samples <= 0) {
            return null;
        }
        var tensors = new LinkedHashMap<String, HostTensor>();
        arrays.forEach((input, stream) -> tensors.put(input.name(), slice(input, stream, samples)));
        var order = LongStream.range(done, done + samples).boxed().toList();
        done += samples;
        var classes = labels == null ? List.<Integer>of() : classes(labels, samples);
        return new Batch(tensors, samples, classes, List.of(), order);
    }

    private HostTensor slice(ValueInfo input, NpyStream stream, int samples) {
        var type = input.type() == null ? stream.type().type() : input.type();
        long[] dims = stream.shape().stream().mapToLong(d -> d).toArray();
        int fixed = fixedBatch(input);
        dims[0] = fixed > 0 ? fixed : samples;
        // Read before allocating: a damaged header may claim any size.
        var bytes = stream.rows(samples);
        var tensor = HostTensor.allocate(type, dims);
        var target = tensor.buffer();
        while (bytes.hasRemaining()) {
            NpyConvert.next(stream, bytes, type, target);
        }
        // A fixed batch is filled up with copies of the last sample.
        int sampleBytes = samples == 0 ? 0 : target.position() / samples;
        while (target.hasRemaining() && sampleBytes > 0) {
            target.put(target.duplicate().slice(target.position() - sampleBytes, sampleBytes));
        }
        return tensor;
    }

    private static List<Integer> classes(NpyStream labels, int samples) {
        long perSample = labels.shape().stream().skip(1).reduce(1L, Math::multiplyExact);
        if (perSample != 1 || labels.type().isFloating()) {
            throw new BadInputException(
                    labels.where() + " has the shape " + labels.shape() + " of "
                            + labels.type().descr(),
                    "save one whole number per sample: y.astype('int64')");
        }
        var bytes = labels.rows(samples);
        var classes = new ArrayList<Integer>();
        for (int i = 0; i < samples; i++) {
            long label = labels.type().nextLong(bytes);
            if (label < 0 || label > Integer.MAX_VALUE) {
                throw new BadInputException(labels.where() + " has the label " + label, "classes are 0, 1, ...");
            }
            classes.add((int) label);
        }
        return classes;
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public void close() {
        DataFiles.close(zip);
    }
}
