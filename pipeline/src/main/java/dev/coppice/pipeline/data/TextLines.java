package dev.coppice.pipeline.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The first lines of a UTF-8 file that are not blank. */
final class TextLines implements TextSource {

    private final Path file;
    private final BufferedReader reader;
    private long left;

    /** Opens a file; at most {@code limit} lines will come. */
    TextLines(Path file, long limit) {
        this.file = file;
        this.left = limit;
        this.reader =
                new BufferedReader(new InputStreamReader(DataFiles.open(file), StandardCharsets.UTF_8.newDecoder()));
    }

    @Override
    public @Nullable String next() {
        if (left == 0) {
            return null;
        }
        try {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    left--;
                    return line.strip();
                }
            }
            return null;
        } catch (IOException e) {
            throw DataFiles.unreadable(file, e);
        }
    }

    @Override
    public long total() {
        return 0;
    }

    @Override
    public void close() {
        DataFiles.close(reader);
    }
}
