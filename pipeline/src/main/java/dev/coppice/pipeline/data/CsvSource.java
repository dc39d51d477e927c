package dev.coppice.pipeline.data;

import dev.coppice.ir.BadInputException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/** Reads rows of separated numbers whose last one is the class; the first line may be a header. */
final class CsvSource implements SampleSource {

    /** What stands for a number that is missing. */
    private static final Set<String> MISSING = Set.of("", "na", "nan", "n/a", "null", "none", "?", "-");

    private static final String HINT = "every column holds finite numbers";

    private final String name;
    private final CsvRecords records;
    private final LongPredicate wanted;
    private int columns;
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
        this.records = new CsvRecords(name, in);
    }

    @Override
    public @Nullable Sample next() {
        for (var fields = records.next(); fields != null; fields = records.next()) {
            if (columns == 0) {
                columns = fields.size();
                requireTwoColumns();
                if (isHeader(fields)) {
                    continue;
                }
            }
            if (fields.size() != columns) {
                throw bad("has " + fields.size() + " columns, the first line has " + columns, "");
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

    /** Names outnumber numbers in a header, unless these just count the columns; a cell without a number makes no header. */
    private static boolean isHeader(List<String> fields) {
        int names = 0;
        int numbers = 0;
        boolean counted = true;
        for (int i = 0; i < fields.size(); i++) {
            if (isNumber(fields.get(i))) {
                numbers++;
                counted &= fields.get(i).equals(Integer.toString(i))
                        || fields.get(i).equals(Integer.toString(i + 1));
            } else if (!MISSING.contains(fields.get(i).toLowerCase(Locale.ROOT))) {
                names++;
            }
        }
        return names > 0 && (names > numbers || counted);
    }

    private static boolean isNumber(String field) {
        try {
            return Double.isFinite(Double.parseDouble(field));
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private Sample sample(List<String> fields) {
        var values = new float[columns - 1];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) number(fields, i);
            if (!Float.isFinite(values[i])) {
                throw cell(fields, i);
            }
        }
        double label = number(fields, columns - 1);
        if (label != Math.rint(label) || label < 0 || label > Integer.MAX_VALUE) {
            throw bad("has the label '" + fields.get(columns - 1) + "'", "the last column is the class: 0, 1, ...");
        }
        return new Sample(values, new Sample.Extent(1, 1, values.length), (int) label, where());
    }

    private double number(List<String> fields, int column) {
        if (!isNumber(fields.get(column))) {
            throw cell(fields, column);
        }
        return Double.parseDouble(fields.get(column));
    }

    private BadInputException cell(List<String> fields, int column) {
        var field = fields.get(column);
        return bad(
                field.isEmpty()
                        ? "has nothing in column " + (column + 1)
                        : "has '" + field + "' in column " + (column + 1),
                MISSING.contains(field.toLowerCase(Locale.ROOT))
                        ? "a missing number is not guessed: fill it in, or take the row out"
                        : HINT);
    }

    private String where() {
        return name + " line " + records.line();
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
        records.close();
    }
}
