package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import java.io.BufferedReader;
import java.io.CharArrayWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Reads rows of comma-separated numbers whose last one is the class; the first line may be a header. */
final class CsvSource implements SampleSource {

    private static final int MAX_LINE = 1 << 24;
    private static final String HINT = "every column holds finite numbers";

    private final String name;
    private final BufferedReader reader;
    private final LongPredicate wanted;
    private int columns;
    private long line;
    private long row;

    /**
     * Reads rows from {@code in}.
     *
     * @param name what messages call the data
     * @param wanted which rows to return, by their number from 0 without the header
     */
    CsvSource(String name, InputStream in, LongPredicate wanted) {
        this.name = name;
        this.wanted = wanted;
        this.reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
    }

    @Override
    public @Nullable Sample next() {
        for (var text = readLine(); text != null; text = readLine()) {
            if (text.isBlank()) {
                continue;
            }
            var fields = text.split(",", -1);
            if (columns == 0) {
                columns = fields.length;
                requireTwoColumns();
                if (isHeader(fields)) {
                    continue;
                }
            }
            if (fields.length != columns) {
                throw bad("has " + fields.length + " columns, the first line has " + columns, "");
            }
            if (wanted.test(row++)) {
                return sample(fields);
            }
        }
        return null;
    }

    private void requireTwoColumns() {
        if (columns < 2) {
            throw bad("has one column", "separate numbers by commas, with the label last");
        }
    }

    private static boolean isHeader(String[] fields) {
        for (var field : fields) {
            try {
                Double.parseDouble(field);
            } catch (NumberFormatException _) {
                return true;
            }
        }
        return false;
    }

    private Sample sample(String[] fields) {
        var values = new float[columns - 1];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(fields, i);
        }
        double label = number(fields, columns - 1);
        if (label != Math.rint(label) || label < 0 || label > Integer.MAX_VALUE) {
            throw bad("has the label '" + fields[columns - 1].strip() + "'", "the last column is the class: 0, 1, ...");
        }
        return new Sample(values, new Sample.Extent(1, 1, values.length), (int) label, where());
    }

    private double number(String[] fields, int column) {
        try {
            double value = Double.parseDouble(fields[column]);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException(where() + " has '" + fields[column] + "' in column " + (column + 1), HINT, e);
        }
        throw bad("has '" + fields[column] + "' in column " + (column + 1), HINT);
    }

    private @Nullable String readLine() {
        var text = new CharArrayWriter();
        try {
            int c = reader.read();
            if (c < 0) {
                return null;
            }
            line++;
            for (; c >= 0 && c != '\n'; c = reader.read()) {
                if (c != '\r') {
                    text.write(c);
                }
                if (text.size() > MAX_LINE) {
                    throw bad("is longer than " + MAX_LINE + " characters", "is this a CSV file?");
                }
            }
        } catch (MalformedInputException e) {
            throw new BadInputException(name + " is no UTF-8 text after line " + line, "is this a CSV file?", e);
        } catch (IOException e) {
            throw new BadInputException(name + " cannot be read after line " + line + ": " + e.getMessage(), "", e);
        }
        return text.toString();
    }

    private String where() {
        return name + " line " + line;
    }

    private BadInputException bad(String what, String hint) {
        return new BadInputException(where() + " " + what, hint);
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
