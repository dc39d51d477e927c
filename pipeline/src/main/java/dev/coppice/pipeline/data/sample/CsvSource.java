package dev.coppice.pipeline.data.sample;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.data.file.CsvRecords;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Reads rows of separated numbers whose last one is the class; the first line may be a header. */
final class CsvSource implements SampleSource {

    /** What stands for a number that is missing. */
    private static final Set<String> MISSING = Set.of("", "na", "nan", "n/a", "null", "none", "?", "-");

    private static final Pattern INFINITE = Pattern.compile("[+-]?inf(inity)?");

    /** What the last column is called where the others have but numbers. */
    private static final Set<String> LABEL = Set.of("label", "labels", "class", "target", "y");

    /** Up to so many columns a row that counts them is as likely a sample as any other. */
    private static final int AS_GOOD_AS_ANY = 3;

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

    /**
     * Names outnumber numbers in a header, unless these just count the columns and the names are those of a label; a cell without a
     * number makes no header. A row of nothing but numbers is a sample.
     */
    private boolean isHeader(List<String> fields) {
        var names = fields.stream().filter(CsvSource::isName).toList();
        long numbers = fields.stream().filter(CsvSource::isNumber).count();
        if (names.isEmpty() && counts(fields, 0) && columns > AS_GOOD_AS_ANY) {
            throw bad(
                    "only counts its columns (0, 1, 2, ...), as a header without names does",
                    "give the columns names; if it is a sample, put a line of names before it");
        }
        boolean labelled = names.stream().allMatch(text -> LABEL.contains(text.toLowerCase(Locale.ROOT)));
        boolean counted = labelled && (counts(fields, 0) || counts(fields, 1));
        return !names.isEmpty() && (names.size() > numbers || counted);
    }

    /** Says whether all numbers among the fields are those of their columns, the first being {@code from}. */
    private static boolean counts(List<String> fields, int from) {
        return IntStream.range(0, fields.size())
                .allMatch(i -> isName(fields.get(i)) || fields.get(i).equals(Integer.toString(i + from)));
    }

    /** What is no finite number but spelt like one (inf, 1e999) is no name either. */
    private static boolean isName(String field) {
        var text = field.toLowerCase(Locale.ROOT);
        return parsed(field).isEmpty()
                && !MISSING.contains(text)
                && !INFINITE.matcher(text).matches();
    }

    private static boolean isNumber(String field) {
        return Double.isFinite(parsed(field).orElse(Double.NaN));
    }

    private static OptionalDouble parsed(String field) {
        try {
            return OptionalDouble.of(Double.parseDouble(field));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
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
