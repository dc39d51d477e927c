package dev.coppice.pipeline.report;

import static dev.coppice.pipeline.report.Html.escape;

import dev.coppice.pipeline.report.QualityCurve.Point;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Draws a {@link QualityCurve} as SVG; colours come from the page's style sheet. */
final class CurveChart {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 56;
    private static final int RIGHT = 24;
    private static final int TOP = 22;
    private static final int BOTTOM = 44;
    private static final int LINES = 4;

    private final QualityCurve curve;
    private final double lowest;
    private final double highest;

    private CurveChart(QualityCurve curve) {
        this.curve = curve;
        var range = Stream.concat(curve.points().stream(), curve.untrained().stream())
                .mapToDouble(Point::quality)
                .summaryStatistics();
        double low = range.getMin();
        double high = range.getMax();
        double step = niceStep((high - low) / LINES);
        this.lowest = Math.floor(low / step) * step;
        this.highest = Math.max(Math.ceil(high / step) * step, lowest + step);
    }

    static String svg(QualityCurve curve) {
        return new CurveChart(curve).draw();
    }

    private String draw() {
        var svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by sparsity\">%n",
                WIDTH,
                HEIGHT,
                escape(curve.metric())));
        grid(svg);
        double before = curve.points().getFirst().quality();
        svg.append(String.format(
                Locale.ROOT,
                "<line class=\"dense\" x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\"/>%n",
                LEFT,
                WIDTH - RIGHT,
                y(before)));
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"tick\" x=\"%d\" y=\"%.1f\">before %.4f</text>%n",
                LEFT + 8,
                y(before) - 6,
                before));
        if (!curve.untrained().isEmpty()) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<polyline class=\"curve untrained\" points=\"%s\"><title>without training</title></polyline>%n",
                    path(curve.untrained())));
        }
        svg.append(String.format(Locale.ROOT, "<polyline class=\"curve\" points=\"%s\"/>%n", path(curve.points())));
        for (int i = 0; i < curve.points().size(); i++) {
            point(curve.points().get(i), i == curve.chosen(), svg);
        }
        return svg.append("</svg>\n").toString();
    }

    private void grid(StringBuilder svg) {
        double step = niceStep((highest - lowest) / LINES);
        int decimals = (int) Math.clamp(Math.ceil(-Math.log10(step)), 0, 9);
        for (double value = lowest; value <= highest + step / 2; value += step) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%3$.1f\" y2=\"%3$.1f\"/>"
                            + "<text class=\"tick\" text-anchor=\"end\" x=\"%4$d\" y=\"%5$.1f\">%6$s</text>%n",
                    LEFT,
                    WIDTH - RIGHT,
                    y(value),
                    LEFT - 8,
                    y(value) + 4,
                    rounded(value, decimals)));
        }
        for (int percent = 0; percent <= 100; percent += 20) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"tick\" text-anchor=\"middle\" x=\"%.1f\" y=\"%d\">%d %%</text>%n",
                    x(percent / 100.0),
                    HEIGHT - BOTTOM + 20,
                    percent));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text class=\"tick\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">sparsity</text>%n",
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 4));
    }

    private static String rounded(double value, int decimals) {
        return BigDecimal.valueOf(value)
                .setScale(decimals, RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private void point(Point point, boolean chosen, StringBuilder svg) {
        svg.append(String.format(
                Locale.ROOT,
                "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"><title>%.1f %% zeros: %.4f</title></circle>%n",
                chosen ? "point chosen" : "point",
                x(point.sparsity()),
                y(point.quality()),
                chosen ? 7 : 4,
                point.sparsity() * 100,
                point.quality()));
        if (chosen) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<text class=\"label\" text-anchor=\"%s\" x=\"%.1f\" y=\"%.1f\">%.0f %% zeros: %.4f</text>%n",
                    point.sparsity() > 0.3 ? "end" : "start",
                    x(point.sparsity()),
                    Math.min(y(point.quality()) + 26, HEIGHT - BOTTOM - 6.0),
                    point.sparsity() * 100,
                    point.quality()));
        }
    }

    /** Returns the points as SVG coordinates. */
    private String path(List<Point> points) {
        return points.stream()
                .map(point -> String.format(Locale.ROOT, "%.1f,%.1f", x(point.sparsity()), y(point.quality())))
                .collect(Collectors.joining(" "));
    }

    private double x(double sparsity) {
        return LEFT + sparsity * (WIDTH - LEFT - RIGHT);
    }

    private double y(double quality) {
        return TOP + (highest - quality) / (highest - lowest) * (HEIGHT - TOP - BOTTOM);
    }

    /** Returns the smallest of 1, 2, 5 times a power of ten that is at least {@code step}; for a flat curve 0.01. */
    static double niceStep(double step) {
        if (!(step > 1e-12)) {
            return 0.01;
        }
        double power = Math.pow(10, Math.floor(Math.log10(step)));
        for (int factor : new int[] {1, 2, 5}) {
            // The margin keeps 0.30000000000000004 from becoming 0.5.
            if (factor * power >= step * (1 - 1e-9)) {
                return factor * power;
            }
        }
        return 10 * power;
    }
}
