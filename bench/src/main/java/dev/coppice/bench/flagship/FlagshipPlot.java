package dev.coppice.bench.flagship;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws Spearman against latency and against file size, side by side; models that were not trained are left out. */
final class FlagshipPlot {

    private static final int WIDTH = 400;
    private static final int HEIGHT = 320;
    private static final int LEFT = 56;
    private static final int TOP = 30;
    private static final int BOTTOM = 44;
    private static final int RIGHT = 20;

    private record Point(String name, double x, double y) {}

    private FlagshipPlot() {}

    static String svg(Map<String, Map<?, ?>> results) {
        var latency = new ArrayList<Point>();
        var size = new ArrayList<Point>();
        results.forEach((name, result) -> {
            if (Boolean.TRUE.equals(result.get("trained"))
                    && result.get("spearman") instanceof Number y
                    && result.get("bytes") instanceof Number bytes
                    && result.get("latency-ms-1x128") instanceof Number millis) {
                latency.add(new Point(name, millis.doubleValue(), y.doubleValue()));
                size.add(new Point(name, bytes.doubleValue() / 1e6, y.doubleValue()));
            }
        });
        var svg = new StringBuilder(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="11" fill="#333">
                <rect width="100%%" height="100%%" fill="#fff"/>
                """, 2 * WIDTH, HEIGHT));
        panel(svg, 0, "latency, 1 x 128, one thread, ms", latency);
        panel(svg, WIDTH, "file, MB", size);
        return svg.append("</svg>\n").toString();
    }

    private static void panel(StringBuilder svg, int offset, String label, List<Point> points) {
        double most = 1.1 * points.stream().mapToDouble(Point::x).max().orElse(1);
        double low =
                Math.floor(200 * points.stream().mapToDouble(Point::y).min().orElse(0)) / 200 - 0.0025;
        double high =
                Math.ceil(200 * points.stream().mapToDouble(Point::y).max().orElse(1)) / 200 + 0.0025;
        int right = offset + WIDTH - RIGHT;
        for (double y = Math.ceil(low * 200) / 200; y <= high; y += 0.005) {
            svg.append(String.format(
                    Locale.ROOT,
                    "<line x1=\"%1$d\" x2=\"%2$d\" y1=\"%3$.1f\" y2=\"%3$.1f\" stroke=\"#ddd\"/><text x=\"%4$d\" y=\"%5$.1f\""
                            + " text-anchor=\"end\">%6$.3f</text>%n",
                    offset + LEFT,
                    right,
                    vertical(y, low, high),
                    offset + LEFT - 6,
                    vertical(y, low, high) + 4,
                    y));
        }
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text><text x=\"%d\" y=\"18\">Spearman, STS-B test</text>%n",
                offset + (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 10,
                label,
                offset + LEFT));
        for (int tick = 0; tick <= 4; tick++) {
            double x = offset + LEFT + tick * (WIDTH - LEFT - RIGHT) / 4.0;
            svg.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>%n",
                    x,
                    HEIGHT - BOTTOM + 16,
                    most * tick / 4));
        }
        for (var point : points) {
            boolean int8 = point.name().endsWith("int8");
            double x = offset + LEFT + point.x() / most * (WIDTH - LEFT - RIGHT);
            double y = vertical(point.y(), low, high);
            boolean leftward = x > right - 90;
            svg.append(String.format(
                    Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" fill=\"%s\"/><text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
                    x,
                    y,
                    int8 ? "#2a7f3f" : "#999",
                    leftward ? x - 8 : x + 8,
                    y - 6,
                    leftward ? "end" : "start",
                    point.name()));
        }
    }

    private static double vertical(double y, double low, double high) {
        return TOP + (high - y) / (high - low) * (HEIGHT - TOP - BOTTOM);
    }
}
