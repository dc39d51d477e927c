package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.ValueInfo;
import dev.coppice.runtime.ort.HostTensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The arrays of a NumPy archive that a model needs; they stream side by side, each on its own inflater. */
public final class NpzArrays implements AutoCloseable {

    private static final String LABELS = "y";

    private final Path file;
    private final ZipFile zip;
    private final Map<ValueInfo, NpyStream> arrays = new LinkedHashMap<>();
    private final int samples;
    private @Nullable NpyStream labels;

    /** Opens the arrays named like the inputs, and {@code y} where there is one that is no input. */
    public NpzArrays(Path file, List<ValueInfo> inputs) {
        this.file = file;
        DataFiles.requireFile(file);
        zip = openZip(file);
        try {
            requireDistinctNames();
            for (var input : inputs) {
                requireNumeric(input);
                arrays.put(input, open(input.name()));
            }
            labels = hasLabels(zip, inputs) ? open(LABELS) : null;
            samples = commonLength();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Says whether an archive has an array of labels for a model: {@code y}, unless that is what an input is called. */
    public static boolean hasLabels(Path file, List<ValueInfo> inputs) {
        DataFiles.requireFile(file);
        try (var zip = openZip(file)) {
            return hasLabels(zip, inputs);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    private static boolean hasLabels(ZipFile zip, List<ValueInfo> inputs) {
        return zip.getEntry(LABELS + ".npy") != null
                && inputs.stream().noneMatch(input -> input.name().equals(LABELS));
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

    private void requireDistinctNames() {
        var names = new HashSet<String>();
        zip.stream().forEach(entry -> {
            if (!names.add(entry.getName())) {
                throw new BadInputException(
                        file + " has two arrays '" + plain(entry.getName()) + "'", "save each array once");
            }
        });
    }

    private static void requireNumeric(ValueInfo input) {
        var type = input.type();
        if (type != null && (type == DType.STRING || type.bits() < 8)) {
            throw new BadInputException(
                    "the model's input '" + input.name() + "' is " + type + ", which no array of numbers can feed",
                    "cut the model behind it, so that it begins with numbers");
        }
    }

    private static String plain(String entry) {
        return entry.replaceFirst("\\.npy$", "");
    }

    private NpyStream open(String name) {
        var entry = zip.getEntry(name + ".npy");
        if (entry == null) {
            var names = zip.stream().map(e -> plain(e.getName())).collect(Collectors.joining(", "));
            throw new BadInputException(
                    file + " has no array '" + name + "' for the model's input; it has: " + names,
                    "name the arrays after the inputs: numpy.savez(file, **{'" + name + "': x})");
        }
        try {
            return new NpyStream(file + " array '" + name + "'", zip.getInputStream(entry), entry.getCrc());
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    private int commonLength() {
        var streams = streams();
        if (arrays.isEmpty()) {
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

    private List<NpyStream> streams() {
        var streams = new ArrayList<>(arrays.values());
        if (labels != null) {
            streams.add(labels);
        }
        return streams;
    }

    /** Returns how many samples every array has. */
    public int samples() {
        return samples;
    }

    /** Reads the targets of the next {@code rows} samples, as {@link NpzTargets#next} returns them. */
    public Optional<HostTensor> targets(int rows) {
        return Optional.ofNullable(labels).map(stream -> NpzTargets.next(stream, rows));
    }

    /** Returns the batch size that an input insists on, or 0; 1 where an input has no axis for samples. */
    public int fixedBatch() {
        int fixed = 0;
        for (var array : arrays.entrySet()) {
            var shape = array.getKey().shape();
            if (isWhole(array.getKey(), array.getValue())) {
                return 1;
            }
            if (fixed == 0
                    && shape != null
                    && shape.rank() > 0
                    && shape.dim(0) instanceof Dim.Known(long size)
                    && size > 0) {
                fixed = Math.toIntExact(size);
            }
        }
        return fixed;
    }

    /** Returns the inputs that take a sample as it is: their arrays have one axis more than they. */
    public List<String> wholeInputs() {
        return arrays.entrySet().stream()
                .filter(array -> isWhole(array.getKey(), array.getValue()))
                .map(array -> array.getKey().name())
                .toList();
    }

    private static boolean isWhole(ValueInfo input, NpyStream stream) {
        return input.shape() != null && stream.shape().size() == input.shape().rank() + 1;
    }

    /** Reads the next {@code rows} samples of every array, in the types that the model wants. */
    public Map<String, HostTensor> rows(int rows) {
        var tensors = new LinkedHashMap<String, HostTensor>();
        arrays.forEach((input, stream) -> tensors.put(input.name(), rows(input, stream, rows)));
        return tensors;
    }

    private static HostTensor rows(ValueInfo input, NpyStream stream, int rows) {
        return stream.tensor(input.type() == null ? stream.type().type() : input.type(), rows);
    }

    /**
     * Reads on to the end.
     *
     * @throws BadInputException when an array turns out to be damaged
     */
    public void finish() {
        streams().forEach(NpyStream::finish);
    }

    @Override
    public void close() {
        DataFiles.close(zip);
    }
}
