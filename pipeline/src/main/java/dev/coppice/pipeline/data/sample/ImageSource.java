package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads PNG and JPEG files from a folder per class (sorted by name), or from one folder by their leading number. */
final class ImageSource implements SampleSource {

    private static final Pattern NUMBERED = Pattern.compile("(\\d{1,9})(\\D.*)?");
    private static final int MAX_PIXELS = 1 << 25;

    private final List<Entry> entries;
    private int done;

    private record Entry(Path file, int label) {}

    /** Lists the images; with a limit below their number, evenly spaced ones, since they are sorted by class. */
    ImageSource(DataSpec.Images spec, long limit) {
        var all = entries(spec.dir());
        if (all.isEmpty()) {
            throw new BadInputException(
                    "no .png, .jpg or .jpeg files in " + spec.dir(), "give a folder of images, or of folders of them");
        }
        int count = (int) Math.min(limit, all.size());
        entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(all.get((int) ((long) i * all.size() / count)));
        }
    }

    private static List<Entry> entries(Path dir) {
        var listed = DataFiles.list(dir);
        var folders = listed.stream().filter(Files::isDirectory).toList();
        var loose = listed.stream().filter(ImageSource::isImage).toList();
        var found = new ArrayList<Entry>();
        if (folders.isEmpty()) {
            loose.forEach(file -> found.add(new Entry(file, number(file))));
            requireOneKind(dir, found);
            return found;
        }
        if (!loose.isEmpty()) {
            throw new BadInputException(
                    dir + " holds folders and loose images, such as " + loose.getFirst(),
                    "use a folder per class, or one folder of files whose number is the class");
        }
        for (int label = 0; label < folders.size(); label++) {
            for (var file : DataFiles.list(folders.get(label))) {
                if (isImage(file)) {
                    found.add(new Entry(file, label));
                }
            }
        }
        return found;
    }

    private static void requireOneKind(Path dir, List<Entry> found) {
        long unlabelled =
                found.stream().filter(e -> e.label() == Sample.UNLABELLED).count();
        if (unlabelled > 0 && unlabelled < found.size()) {
            throw new BadInputException(
                    dir + ": " + unlabelled + " of " + found.size() + " images have no number in front of their name",
                    "the leading number of every file is its class; remove the others");
        }
    }

    private static boolean isImage(Path file) {
        var name = DataFiles.name(file).toLowerCase(Locale.ROOT);
        return name.endsWith(".png") || name.endsWith(".jpg") || name.endsWith(".jpeg");
    }

    private static int number(Path file) {
        var name = DataFiles.name(file);
        var match = NUMBERED.matcher(name.substring(0, name.lastIndexOf('.')));
        return match.matches() ? Integer.parseInt(match.group(1)) : Sample.UNLABELLED;
    }

    @Override
    public @Nullable Sample next() {
        if (done == entries.size()) {
            return null;
        }
        var entry = entries.get(done++);
        return Pixels.sample(read(entry.file()), entry.label(), entry.file().toString());
    }

    private static BufferedImage read(Path file) {
        return Pictures.read(file, (width, height) -> {
            if ((long) width * height > MAX_PIXELS) {
                throw new BadInputException(
                        file + " claims " + width + "x" + height + " pixels",
                        "at most " + MAX_PIXELS + " are read: shrink it first");
            }
            return new Rectangle(0, 0, width, height);
        });
    }

    @Override
    public long total() {
        return entries.size();
    }

    @Override
    public void close() {
        // Files are closed as soon as they are read.
    }
}
