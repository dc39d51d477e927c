package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.DataFiles;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** Reads the embedded digits: 8 x 8 pixels of 0..16, scaled to [0,1]; every fifth row is the test part. */
final class DigitsSource implements SampleSource {

    private static final String RESOURCE = "digits.csv.gz";
    private static final int ROWS = 1797;
    private static final int FOLDS = 5;
    private static final Sample.Extent EXTENT = new Sample.Extent(1, 8, 8);

    private final Split split;
    private final CsvSource csv;

    DigitsSource(Split split) {
        this.split = split;
        this.csv = new CsvSource("digits", resource(), row -> isWanted(row, split));
    }

    private static boolean isWanted(long row, Split split) {
        boolean test = row % FOLDS == FOLDS - 1;
        return switch (split) {
            case TEST -> test;
            case TRAIN -> !test;
            case ALL -> true;
        };
    }

    private static InputStream resource() {
        var stream = DigitsSource.class.getResourceAsStream(RESOURCE);
        if (stream == null) {
            throw new IllegalStateException("the build lacks its resource " + RESOURCE);
        }
        try {
            return DataFiles.gunzipped(new BufferedInputStream(stream));
        } catch (IOException e) {
            throw new BadInputException("cannot read the embedded digits: " + e.getMessage(), "build again", e);
        }
    }

    @Override
    public @Nullable Sample next() {
        var row = csv.next();
        if (row == null) {
            return null;
        }
        var pixels = row.values();
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] /= 16;
        }
        return new Sample(pixels, EXTENT, row.label(), row.where());
    }

    @Override
    public long total() {
        int test = ROWS / FOLDS;
        return switch (split) {
            case TEST -> test;
            case TRAIN -> ROWS - test;
            case ALL -> ROWS;
        };
    }

    @Override
    public void close() {
        csv.close();
    }
}
