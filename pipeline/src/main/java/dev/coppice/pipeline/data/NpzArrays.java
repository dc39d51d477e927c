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
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The arrays of a NumPy archive that a model needs; they stream side by side, each on its own inflater. */
final class NpzArrays implements AutoCloseable {

    private static final String LABELS = "y";

    private final Path file;
    private final ZipFile zip;
    private final Map<ValueInfo, NpyStream> arrays = new LinkedHashMap<>();
    private final int samples;
    private @Nullable NpyStream labels;

    /** Opens the arrays named like the inputs, and {@code y} where there is one. */
    NpzArrays(Path file, List<ValueInfo> inputs) {
        this.file = file;
        DataFiles.requireFile(file);
        zip = openZip(file);
        try {
            for (var input : inputs) {
                arrays.put(input, open(input.name()));
            }
            labels = zip.getEntry(LABELS + ".npy") == null ? null : open(LABELS);
            samples = commonLength();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Says whether an archive has an array of labels. */
    static boolean hasLabels(Path file) {
        DataFiles.requireFile(file);
        try (var zip = openZip(file)) {
            return zip.getEntry(LABELS + ".npy") != null;
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
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

    private int commonLength() {
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
        return Math.toIntExact(first.shape().getFirst());
    }

    /** Returns how many samples every array has. */
    int samples() {
        return samples;
    }

    Optional<NpyStream> labels() {
        return Optional.ofNullable(labels);
    }

    /** Returns the batch size that an input insists on, or 0. */
    int fixedBatch() {
        for (var input : arrays.keySet()) {
            var shape = input.shape();
            if (shape != null && shape.rank() > 0 && shape.dim(0) instanceof Dim.Known(long size) && size > 0) {
                return Math.toIntExact(size);
            }
        }
        return 0;
    }

    /** Reads the next {@code rows} samples of every array, in the types that the model wants. */
    Map<String, HostTensor> rows(int rows) {
        var tensors = new LinkedHashMap<String, HostTensor>();
        arrays.forEach((input, stream) -> tensors.put(input.name(), rows(input, stream, rows)));
        return tensors;
    }

    private static HostTensor rows(ValueInfo input, NpyStream stream, int rows) {
        return stream.tensor(input.type() == null ? stream.type().type() : input.type(), rows);
    }

    @Override
    public void close() {
        DataFiles.close(zip);
    }
}
