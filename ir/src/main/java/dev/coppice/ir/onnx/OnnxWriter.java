package dev.coppice.ir.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Origins;
import dev.coppice.ir.SourceFile;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.ir.file.TemporaryFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes ONNX files. Weights stream from where they are (usually the mapped input) to the output; masks put in their zeros on the
 * way, so that no second copy of the weights exists. A file appears under its name only when it is complete.
 */
public final class OnnxWriter {

    /** The format's own limit for one file: messages are smaller than 2 GiB. */
    private static final long LARGEST_FILE = Integer.MAX_VALUE;

    private OnnxWriter() {}

    /**
     * Writes the model. Tensors with external data go into a {@linkplain DataFile data file} beside it, and all large tensors do when
     * the file would exceed 2 GiB otherwise. Both are forced to the disk, and appear as one. Where a model is replaced, its data file
     * goes, unless another model beside it uses that.
     *
     * @return the files written, the model first
     * @throws UsageException when the directory does not exist
     * @throws BadModelException when a file that the model is mapped from has changed since it was read; nothing is left behind
     * @throws UncheckedIOException when writing fails; nothing is left behind
     */
    public static List<Path> write(Model model, Path file) {
        return write(model, file, LARGEST_FILE);
    }

    static List<Path> write(Model model, Path file, long largest) {
        var target = file.toAbsolutePath();
        Outputs.requireWritable(target);
        try {
            var encoding = encode(model, model.origins(), false);
            return encoding.size(target) > largest
                    ? write(model, encode(model, new Origins(), true), target)
                    : write(model, encoding, target);
        } catch (InternalError e) {
            throw shrunk(model, e);
        } catch (IOException e) {
            model.origins().requireUnchanged();
            throw new UncheckedIOException("cannot write " + file + ": " + Outputs.reason(e), e);
        }
    }

    /** The JVM says so when a mapped page is no longer there: its file was cut off, or its disk fails. */
    private static BadModelException shrunk(Model model, InternalError e) {
        model.origins().requireUnchanged();
        return new BadModelException(
                "the model's own file could not be read any more: " + e.getMessage(), "check its disk, and start again", e);
    }

    /**
     * Writes the model into memory, for runtimes that read it from there.
     *
     * @return the bytes of the file; empty for a model that needs a second file: one with external data, or too large for one
     */
    public static Optional<MemorySegment> write(Model model, SegmentAllocator memory) {
        var encoding = encode(model, model.origins(), false);
        if (!encoding.data().isEmpty()) {
            return Optional.empty();
        }
        var parts = encoding.parts("");
        long size = sum(parts);
        if (size > LARGEST_FILE) {
            return Optional.empty();
        }
        var bytes = memory.allocate(size, Long.BYTES);
        try {
            PartsWriter.write(parts, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a model into memory", e);
        }
        return Optional.of(bytes);
    }

    /**
     * A model encoded but for the name of its data file, which depends on what is in it.
     *
     * @param first the model as it is where there is no data file
     * @param data the content of the data file; empty for none
     */
    private record Encoding(
            Model model,
            ModelEncoder encoder,
            TensorEncoder tensors,
            List<WireWriter.Part> first,
            List<WireWriter.Part> data) {

        List<WireWriter.Part> parts(String dataFile) {
            if (data.isEmpty()) {
                return first;
            }
            tensors.dataFile(dataFile);
            return encoder.model(model).parts();
        }

        long size(Path target) {
            return sum(parts(DataFile.longest(target)));
        }

        /** Returns the most bytes that the data file's name may have, so that both files together are no larger than those they were read from. */
        int longestName(Path target) {
            long before = model.origins().files().stream().mapToLong(SourceFile::size).sum();
            long more = before == 0 ? 0 : size(target) + sum(data) - before;
            return more <= 0
                    ? Integer.MAX_VALUE
                    : (int) (DataFile.longest(target).getBytes(UTF_8).length - Math.ceilDiv(more, tensors.externals()));
        }
    }

    private static long sum(List<WireWriter.Part> parts) {
        return parts.stream().mapToLong(WireWriter.Part::size).sum();
    }

    /** Encodes twice where there are external data: their places are known only when all of them are. */
    private static Encoding encode(Model model, Origins origins, boolean moveLarge) {
        var layout = new ExternalLayout();
        var tensors = new TensorEncoder(moveLarge, layout);
        var encoder = new ModelEncoder(origins, tensors);
        var first = encoder.model(model).parts();
        return new Encoding(model, encoder, tensors, first, layout.isEmpty() ? List.of() : layout.arrange());
    }

    /** The model gets its name last: until then whatever was there before is whole, and from then on the new one. */
    private static List<Path> write(Model model, Encoding encoding, Path target) throws IOException {
        var folder = target.resolveSibling(".");
        var before = StaleData.of(target);
        if (encoding.data().isEmpty()) {
            try (var temporary = TemporaryFile.in(folder)) {
                PartsWriter.write(encoding.parts(""), temporary.channel());
                model.origins().requireUnchanged();
                temporary.publish(target);
                before.remove(Set.of());
            }
            return List.of(target);
        }
        try (var data = TemporaryFile.in(folder);
                var temporary = TemporaryFile.in(folder)) {
            var digest = PartsWriter.writeDigesting(encoding.data(), data.channel());
            var file = DataFile.at(target, encoding.longestName(target), digest, data.path());
            PartsWriter.write(encoding.parts(file.getFileName().toString()), temporary.channel());
            model.origins().requireUnchanged();
            if (!Files.exists(file)) {
                data.publish(file);
            }
            temporary.publish(target);
            before.remove(Set.of(data.path(), temporary.path(), file));
            if (!Files.exists(file)) {
                throw new IOException("its data file " + file + " is gone: another process is writing here");
            }
            return List.of(target, file);
        }
    }
}
