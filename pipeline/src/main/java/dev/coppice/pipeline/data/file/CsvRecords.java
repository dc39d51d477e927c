package dev.coppice.pipeline.data.file;

import dev.coppice.ir.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.MalformedInputException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads records of separated fields (RFC 4180): fields in double quotes may hold separators, line ends and doubled quotes; a byte order
 * mark is passed over, blank lines are left out. Fields are separated by commas, or by the semicolon or TAB that stands in a first line
 * without commas.
 */
public final class CsvRecords implements AutoCloseable {

    private static final int MAX_RECORD = 1 << 24;
    private static final char QUOTE = '"';
    private static final String HINT = "is this a CSV file?";

    private final String name;
    private final BufferedReader reader;
    private char separator;
    private long line;
    private long first;

    public CsvRecords(String name, InputStream in) {
        this.name = name;
        try {
            this.reader = DataFiles.text(in);
        } catch (IOException e) {
            throw new BadInputException(name + " cannot be read: " + e.getMessage(), "the file may be damaged", e);
        }
    }

    /** Returns the line that the last record began in, counted from 1. */
    public long line() {
        return first;
    }

    /**
     * Returns the next record's fields, or null after the last one.
     *
     * @throws BadInputException for a quote that is not closed, text that is not UTF-8, and records of 16 million characters
     */
    @Nullable
    public List<String> next() {
        for (var text = record(); text != null; text = record()) {
            if (!text.isBlank()) {
                if (separator == 0) {
                    separator = separator(text);
                }
                return fields(text);
            }
        }
        return null;
    }

    /** Returns the lines up to one that ends outside of quotes. */
    private @Nullable String record() {
        var text = readLine();
        first = line;
        if (text == null) {
            return null;
        }
        if (text.indexOf(QUOTE) < 0) {
            return text;
        }
        var record = new StringBuilder(text);
        boolean open = isOpen(text, false);
        while (open) {
            var more = readLine();
            if (more == null) {
                throw new BadInputException(name + " line " + first + " opens a quote that is never closed", HINT);
            }
            record.append('\n').append(more);
            requireLength(record.length());
            open = isOpen(more, true);
        }
        return record.toString();
    }

    private static boolean isOpen(String text, boolean before) {
        return (text.chars().filter(c -> c == QUOTE).count() % 2 == 1) != before;
    }

    private static char separator(String text) {
        boolean quoted = false;
        char found = ',';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            quoted ^= c == QUOTE;
            if (!quoted && c == ',') {
                return ',';
            }
            if (!quoted && found == ',' && (c == ';' || c == '\t')) {
                found = c;
            }
        }
        return found;
    }

    private List<String> fields(String text) {
        var fields = new ArrayList<String>();
        var field = new StringBuilder();
        boolean quoted = false;
        boolean closed = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == QUOTE && quoted && i + 1 < text.length() && text.charAt(i + 1) == QUOTE) {
                field.append(QUOTE);
                i++;
            } else if (c == QUOTE && (quoted || field.toString().isBlank())) {
                closed = quoted;
                quoted = !quoted;
                if (quoted) {
                    field.setLength(0);
                }
            } else if (c == separator && !quoted) {
                fields.add(field.toString().strip());
                field.setLength(0);
                closed = false;
            } else if ((closed && !Character.isWhitespace(c)) || c == QUOTE) {
                throw new BadInputException(
                        name + " line " + first + " has a quote in the middle of a field",
                        "a field in quotes is quoted whole, quotes within are doubled");
            } else if (!closed) {
                field.append(c);
            }
        }
        fields.add(field.toString().strip());
        return fields;
    }

    private void requireLength(int length) {
        if (length > MAX_RECORD) {
            throw new BadInputException(
                    name + " line " + first + " begins a record of more than " + MAX_RECORD + " characters", HINT);
        }
    }

    private @Nullable String readLine() {
        var text = new StringBuilder();
        try {
            int c = reader.read();
            if (c < 0) {
                return null;
            }
            line++;
            for (; c >= 0 && c != '\n'; c = reader.read()) {
                text.append((char) c);
                if (text.length() > MAX_RECORD) {
                    throw new BadInputException(
                            name + " line " + line + " is longer than " + MAX_RECORD + " characters", HINT);
                }
            }
        } catch (MalformedInputException e) {
            throw new BadInputException(name + " is no UTF-8 text after line " + line, HINT, e);
        } catch (IOException e) {
            throw new BadInputException(name + " cannot be read after line " + line + ": " + e.getMessage(), "", e);
        }
        int end = text.length();
        return end > 0 && text.charAt(end - 1) == '\r' ? text.substring(0, end - 1) : text.toString();
    }

    @Override
    public void close() {
        DataFiles.close(reader);
    }
}
