package dev.coppice.pipeline.study;

import dev.coppice.pipeline.report.LineChart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Draws the quality of a study's cells against sparsity and against speed-up. */
final class StudyCharts {

    private StudyCharts() {}

    /** Returns the pictures by the end of their files' names; one that would show nothing is not there. */
    static Map<String, String> of(StudyRun.Result result) {
        var table = new StudyTable(result);
        var dense = result.cells().stream()
                .mapToDouble(cell -> cell.figure(CellResult.DENSE).orElse(Double.NaN))
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
        double baseline = result.study().models().size() == 1 ? dense : Double.NaN;
        var metric = result.cells().stream()
                .map(CellResult::metric)
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElse("quality");
        var charts = new LinkedHashMap<String, String>();
        put(charts, "sparsity", table, CellResult.SPARSITY, "direct sparsity", metric, baseline);
        put(charts, "theoretical", table, CellResult.THEORETICAL, "theoretical speed-up (MACs)", metric, baseline);
        put(charts, "measured", table, CellResult.MEASURED, "measured speed-up", metric, baseline);
        return charts;
    }

    private static void put(
            Map<String, String> charts,
            String name,
            StudyTable table,
            String figure,
            String across,
            String metric,
            double baseline) {
        var series = new ArrayList<LineChart.Series>();
        for (var row : table.rowNames()) {
            var points = new ArrayList<LineChart.Point>();
            for (var column : table.columns()) {
                var x = table.mean(row, column, figure);
                var y = table.mean(row, column, CellResult.QUALITY);
                if (x.isPresent() && y.isPresent()) {
                    points.add(new LineChart.Point(
                            x.get().value(), y.get().value(), y.get().spread()));
                }
            }
            if (!points.isEmpty()) {
                points.sort(java.util.Comparator.comparingDouble(LineChart.Point::x));
                series.add(new LineChart.Series(row, points));
            }
        }
        var svg =
                new LineChart(across, metric, figure.equals(CellResult.SPARSITY), baseline, List.copyOf(series)).svg();
        if (!svg.isEmpty()) {
            charts.put(name, svg);
        }
    }
}
