package dev.coppice.ir.onnx;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.SourceFile;
import dev.coppice.ir.file.Litter;
import dev.coppice.ir.file.Outputs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Data files that nobody refers to once a model has been written: those of the model that was there before, and those that a killed
 * writer left. A file goes only if its name says that it belongs to this model, and no other model in the folder uses it.
 */
final class StaleData {

    /** Files up to this size that are no models as far as we can read are searched for the name of the data. */
    private static final long SEARCHED_UP_TO = 64 << 20;

    private final Path model;
    private final List<Path> before;

    private StaleData(Path model, List<Path> before) {
        this.model = model;
        this.before = before;
    }

    /** Looks at the model that is about to be replaced, if there is one. */
    static StaleData of(Path model) {
        return new StaleData(model, Files.isRegularFile(model) ? data(model) : List.of());
    }

    /** Returns a model's data files; none of what is no model. */
    private static List<Path> data(Path file) {
        try {
            return OnnxReader.read(file).origins().files().stream()
                    .skip(1)
                    .map(SourceFile::path)
                    .toList();
        } catch (BadModelException e) {
            return List.of();
        }
    }

    /**
     * Removes what is stale, unless someone else is writing here, whose data may wait for their model.
     *
     * @param own files that are being written, or have just been
     */
    void remove(Set<Path> own) throws IOException {
        var stale = new ArrayList<Path>();
        var files = files();
        for (var file : files) {
            if (!own.contains(file) && !file.equals(model) && isOurs(file)) {
                stale.add(file);
            }
        }
        if (stale.isEmpty() || Litter.isWrittenInto(model.resolveSibling("."), own)) {
            return;
        }
        var readers = new ArrayList<>(files);
        readers.removeAll(stale);
        for (var file : stale) {
            if (readers.stream().noneMatch(reader -> uses(reader, file))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private List<Path> files() throws IOException {
        var files = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(model.getParent())) {
            entries.forEach(files::add);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        files.removeIf(file -> !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS));
        return files;
    }

    private boolean isOurs(Path file) throws IOException {
        boolean referredTo = before.stream().anyMatch(old -> Outputs.isSame(old, file));
        boolean customary = file.getFileName().toString().equals(model.getFileName() + ".data");
        return (referredTo && customary) || DataFile.belongsTo(model, file);
    }

    private static boolean uses(Path reader, Path file) {
        try {
            return OnnxReader.read(reader).origins().files().stream()
                    .anyMatch(used -> Outputs.isSame(used.path(), file));
        } catch (BadModelException e) {
            return mentions(reader, file.getFileName().toString());
        }
    }

    /** A model that is damaged, or lacks another file, still means its data. */
    private static boolean mentions(Path reader, String name) {
        try {
            return Files.size(reader) > SEARCHED_UP_TO
                    ? reader.getFileName().toString().endsWith(".onnx")
                    : Files.readString(reader, StandardCharsets.ISO_8859_1)
                            .contains(new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return true;
        }
    }
}
