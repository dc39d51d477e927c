package dev.coppice.pipeline.report;

import static dev.coppice.pipeline.report.Html.escape;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Lines in one pair of axes as an SVG that can stand alone: its colours are in it, and can be told from a light and from a dark page.
 *
 * @param across what the horizontal axis shows
 * @param up what the vertical axis shows
 * @param percent whether horizontal values are shares, to be written as such
 * @param baseline height of a dashed line to compare with; NaN for none
 */
public record LineChart(String across, String up, boolean percent, double baseline, List<Series> series) {

    private static final int WIDTH = 760;
    private static final int PLOT = 320;
    private static final int LEFT = 64;
    private static final int RIGHT = 24;
    private static final int TOP = 22;
    private static final int BOTTOM = 44;
    private static final int LINES = 5;
    private static final int LEGEND_LINE = 20;
    private static final String INK = "#6f7a72";
    private static final List<String> COLOURS =
            List.of("#2f8d57", "#c2591b", "#3b74c4", "#9a57b8", "#a98518", "#2596a0", "#c04a76", "#7a6a58");
    private static final List<String> DASHES = List.of("", "7 4", "2 3");

    /** One line. */
    public record Series(String name, List<Point> points) {
        public Series {
            points = List.copyOf(points);
        }
    }

    /** A point, and how far its measurements lie apart from it upwards and downwards; 0 when there is one. */
    public record Point(double x, double y, double spread) {}

    public LineChart {
        series = List.copyOf(series);
    }

    private record Scale(double low, double high, double step) {

        static Scale of(DoubleSummaryStatistics values) {
            double step = CurveChart.niceStep((values.getMax() - values.getMin()) / LINES);
            double low = Math.floor(values.getMin() / step + 1e-9) * step;
            return new Scale(low, Math.max(Math.ceil(values.getMax() / step - 1e-9) * step, low + step), step);
        }

        double share(double value) {
            return (value - low) / (high - low);
        }

        String text(int i, boolean percent) {
            double value = (low + i * step) * (percent ? 100 : 1);
            int decimals = (int) Math.clamp(Math.ceil(-Math.log10(step * (percent ? 100 : 1)) - 1e-9), 0, 9);
            return BigDecimal.valueOf(value)
                            .setScale(decimals, RoundingMode.HALF_EVEN)
                            .toPlainString()
                    + (percent ? " %" : "");
        }

        int lines() {
            return (int) Math.round((high - low) / step);
        }
    }

    /** Returns the picture; empty when no series has a point. */
    public String svg() {
        var xs = new DoubleSummaryStatistics();
        var ys = new DoubleSummaryStatistics();
        for (var line : series) {
            for (var point : line.points()) {
                xs.accept(point.x());
                ys.accept(point.y() - point.spread());
                ys.accept(point.y() + point.spread());
            }
        }
        if (xs.getCount() == 0) {
            return "";
        }
        if (!Double.isNaN(baseline)) {
            ys.accept(baseline);
        }
        return draw(Scale.of(xs), Scale.of(ys));
    }

    private String draw(Scale x, Scale y) {
        var svg = new StringBuilder();
        int height = PLOT + LEGEND_LINE * Math.ceilDiv(series.size(), 2);
        svg.append(String.format(
                Locale.ROOT,
                "<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\""
                        + " aria-label=\"%s by %s\" font-family=\"system-ui, sans-serif\" font-size=\"12\">%n",
                WIDTH,
                height,
                escape(up),
                escape(across)));
        axes(svg, x, y);
        if (!Double.isNaN(baseline)) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\" stroke=\"%4$s\" stroke-dasharray=\"5 4\"/>"
                            + "<text x=\"%5$d\" y=\"%6$.1f\" fill=\"%4$s\">dense %7$.4f</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    vertical(y, baseline),
                    INK,
                    LEFT + 6,
                    vertical(y, baseline) - 5,
                    baseline));
        }
        for (int i = 0; i < series.size(); i++) {
            line(svg, i, x, y);
        }
        return svg.append("</svg>\n").toString();
    }

    private void axes(StringBuilder svg, Scale x, Scale y) {
        for (int i = 0; i <= y.lines(); i++) {
            double at = vertical(y, y.low() + i * y.step());
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\" stroke=\"%4$s\" opacity=\".25\"/>"
                            + "<text text-anchor=\"end\" x=\"%5$d\" y=\"%6$.1f\" fill=\"%4$s\">%7$s</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    at,
                    INK,
                    LEFT - 8,
                    at + 4,
                    y.text(i, false)));
        }
        for (int i = 0; i <= x.lines(); i++) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text text-anchor=\"middle\" x=\"%.1f\" y=\"%d\" fill=\"%s\">%s</text>%n",
                    horizontal(x, x.low() + i * x.step()),
                    PLOT - BOTTOM + 18,
                    INK,
                    x.text(i, percent)));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text text-anchor=\"middle\" x=\"%d\" y=\"%d\" fill=\"%3$s\">%4$s</text>"
                        + "<text x=\"4\" y=\"12\" fill=\"%3$s\">%5$s</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                PLOT - 8,
                INK,
                escape(across),
                escape(up)));
    }

    private void line(StringBuilder svg, int number, Scale x, Scale y) {
        var line = series.get(number);
        var colour = COLOURS.get(number % COLOURS.size());
        var dash = DASHES.get(number / COLOURS.size() % DASHES.size());
        svg.append(String.format(
                Locale.ROOT,
                "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"%s\" points=\"%s\"/>%n",
                colour,
                dash,
                line.points().stream()
                        .map(p -> String.format(Locale.ROOT, "%.1f,%.1f", horizontal(x, p.x()), vertical(y, p.y())))
                        .collect(Collectors.joining(" "))));
        for (var point : line.points()) {
            double at = horizontal(x, point.x());
            if (point.spread() > 0) {
                svg.append(String.format(
                        Locale.ROOT,
                        "<line x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$.1f\" y2=\"%3$.1f\" stroke=\"%4$s\" opacity=\".6\"/>%n",
                        at,
                        vertical(y, point.y() - point.spread()),
                        vertical(y, point.y() + point.spread()),
                        colour));
            }
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"><title>%s: %.4f</title></circle>%n",
                    at,
                    vertical(y, point.y()),
                    colour,
                    escape(line.name()),
                    point.y()));
        }
        int left = LEFT + number % 2 * (WIDTH - LEFT) / 2;
        int top = PLOT + LEGEND_LINE * (number / 2) + 6;
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%3$d\" y2=\"%3$d\" stroke=\"%4$s\" stroke-width=\"3\" stroke-dasharray=\"%5$s\"/>"
                        + "<text x=\"%6$d\" y=\"%7$d\" fill=\"%8$s\">%9$s</text>%n",
                left,
                left + 22,
                top,
                colour,
                dash,
                left + 30,
                top + 4,
                INK,
                escape(line.name())));
    }

    private static double horizontal(Scale x, double value) {
        return LEFT + x.share(value) * (WIDTH - LEFT - RIGHT);
    }

    private static double vertical(Scale y, double value) {
        return TOP + (1 - y.share(value)) * (PLOT - TOP - BOTTOM);
    }
}
