package dev.coppice.pipeline.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The cells of a study, seeds taken together: a row for each combination of choices, a column for each choice of the axis across. */
final class StudyTable {

    private final Study study;
    private final List<String> rowAxes;
    private final Map<String, Map<String, List<CellResult>>> rows = new LinkedHashMap<>();
    private final List<String> columns;

    /** The mean over the seeds, and the sample standard deviation; that is 0 for a single seed. */
    record Mean(double value, double spread, int seeds) {

        String text() {
            var number = Math.abs(value) >= 1000 ? "%.1f" : "%.4f";
            return String.format(Locale.ROOT, number, value)
                    + (seeds > 1 ? String.format(Locale.ROOT, " ± " + number, spread) : "");
        }
    }

    StudyTable(StudyRun.Result result) {
        this.study = result.study();
        this.rowAxes = study.grid().axes().stream()
                .filter(axis -> axis.choices().size() > 1)
                .map(Study.Axis::name)
                .filter(name ->
                        !name.equals(Study.SEED) && !name.equals(study.grid().across()))
                .toList();
        var columnNames = new LinkedHashSet<String>();
        for (var cell : result.cells()) {
            var column = cell.at().getOrDefault(study.grid().across(), "");
            columnNames.add(column);
            rows.computeIfAbsent(rowName(cell), _ -> new LinkedHashMap<>())
                    .computeIfAbsent(column, _ -> new ArrayList<>())
                    .add(cell);
        }
        this.columns = List.copyOf(columnNames);
    }

    private String rowName(CellResult cell) {
        return rowAxes.isEmpty()
                ? study.models().keySet().iterator().next()
                : rowAxes.stream().map(axis -> cell.at().getOrDefault(axis, "")).collect(Collectors.joining(", "));
    }

    /** Returns what the rows are told apart by. */
    String rowHead() {
        return rowAxes.isEmpty() ? Study.MODEL : String.join(", ", rowAxes);
    }

    List<String> rowNames() {
        return List.copyOf(rows.keySet());
    }

    List<String> columns() {
        return columns;
    }

    /** Returns the mean of a figure over the seeds; empty when no cell has it. */
    Optional<Mean> mean(String row, String column, String figure) {
        var values = rows.getOrDefault(row, Map.of()).getOrDefault(column, List.of()).stream()
                .map(cell -> cell.figure(figure))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble)
                .toArray();
        if (values.length == 0) {
            return Optional.empty();
        }
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double mean = sum / values.length;
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Optional.of(
                new Mean(mean, values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)), values.length));
    }

    /** Returns a table of one figure: a header, then the rows. */
    List<List<String>> of(String figure) {
        var table = new ArrayList<List<String>>();
        var header = new ArrayList<>(List.of(rowHead()));
        columns.forEach(
                column -> header.add(column.isEmpty() ? figure : study.grid().across() + " " + column));
        table.add(header);
        for (var row : rows.keySet()) {
            var line = new ArrayList<>(List.of(row));
            columns.forEach(
                    column -> line.add(mean(row, column, figure).map(Mean::text).orElse("–")));
            table.add(line);
        }
        return table;
    }

    /** Returns what is left of the models and what that gains: a line for each row and column, without spread. */
    List<List<String>> gains() {
        var figures = List.of(
                CellResult.SPARSITY,
                CellResult.EFFECTIVE,
                CellResult.COMPRESSION,
                CellResult.THEORETICAL,
                CellResult.MEASURED);
        var table = new ArrayList<List<String>>();
        table.add(List.of(
                rowHead()
                        + (columns.equals(List.of(""))
                                ? ""
                                : ", " + study.grid().across()),
                "direct sparsity",
                "effective sparsity",
                "compression",
                "theoretical speed-up",
                "measured speed-up"));
        for (var row : rows.keySet()) {
            for (var column : columns) {
                if (mean(row, column, CellResult.QUALITY).isEmpty()) {
                    continue;
                }
                var line = new ArrayList<>(List.of(row + (column.isEmpty() ? "" : ", " + column)));
                for (var figure : figures) {
                    var format = figure.startsWith("sparsity") ? "%.3f" : "%.2f";
                    line.add(mean(row, column, figure)
                            .map(mean -> String.format(Locale.ROOT, format, mean.value()))
                            .orElse("–"));
                }
                table.add(line);
            }
        }
        return table;
    }
}
