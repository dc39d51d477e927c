package dev.coppice.pipeline.sensitivity;

import dev.coppice.pipeline.report.HtmlPage;
import dev.coppice.pipeline.report.LineChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Writes curves as a page. */
public final class CurvesPage {

    /** More lines than these in one picture cannot be told apart. */
    private static final int MOST_LINES = 8;

    private CurvesPage() {}

    /** Returns the page: the curves of the layers that hurt most, and the table of all. */
    public static String of(Curves curves) {
        var dense = curves.dense();
        var page = new HtmlPage("Sensitivity: " + curves.conditions().get("model"))
                .header(
                        "Coppice sensitivity",
                        "%s when one layer alone is pruned".formatted(dense.metric()),
                        String.format(
                                Locale.ROOT,
                                "%s, dense %.4f on %,d samples",
                                curves.conditions().get("model"),
                                dense.value(),
                                dense.samples()));
        var most = curves.curves().stream()
                .sorted(Comparator.comparingDouble(CurvesPage::worst).reversed())
                .limit(MOST_LINES)
                .map(curve -> series(curve, dense.value()))
                .toList();
        page.section(
                most.size() < curves.curves().size() ? "The " + most.size() + " layers that hurt most" : "All layers",
                new LineChart("sparsity of the layer", dense.metric(), true, dense.value(), most).svg());
        var columns = new ArrayList<>(List.of("layer", "units"));
        CurvesText.asked(curves).forEach(sparsity -> columns.add(CurvesText.percent(sparsity)));
        page.table(
                "Every layer",
                columns,
                curves.curves().stream().map(CurvesPage::row).toList());
        return page.notes(curves.conditions().entrySet().stream()
                        .map(entry -> entry.getKey() + ": " + entry.getValue())
                        .toList())
                .end();
    }

    private static double worst(Curves.Curve curve) {
        return curve.points().stream()
                .mapToDouble(point -> Double.isNaN(point.damage()) ? Double.MAX_VALUE : point.damage())
                .max()
                .orElse(0);
    }

    private static LineChart.Series series(Curves.Curve curve, double dense) {
        var points = new ArrayList<>(List.of(new LineChart.Point(0, dense, 0)));
        for (var point : curve.points()) {
            if (!Double.isNaN(point.quality())) {
                points.add(new LineChart.Point(point.sparsity(), point.quality(), 0));
            }
        }
        return new LineChart.Series(curve.layer().name(), points);
    }

    private static List<String> row(Curves.Curve curve) {
        var row = new ArrayList<>(List.of(
                curve.layer().name(),
                String.format(Locale.ROOT, "%,d", curve.layer().units())));
        curve.points().forEach(point -> row.add(CurvesText.number(point.quality())));
        return row;
    }
}
