package dev.coppice.pipeline.sensitivity;

import dev.coppice.pipeline.report.Printable;
import java.util.ArrayList;
import java.util.List;

/** Writes curves as a table for people, with a small picture of each. */
public final class CurvesText {

    private static final String BARS = "▁▂▃▄▅▆▇█";

    private CurvesText() {}

    /** Returns the table: a line for each layer, a column for each sparsity, the layers that hurt most marked by low bars. */
    public static String of(Curves curves) {
        var text = new StringBuilder();
        var dense = curves.dense();
        text.append(
                Printable.format("%s, dense %.4f on %,d samples%n%n", dense.metric(), dense.value(), dense.samples()));
        var asked = asked(curves);
        text.append(Printable.format("  %-40s %9s ", "layer", "units"));
        asked.forEach(sparsity -> text.append(Printable.format(" %8s", percent(sparsity))));
        text.append("\n");
        double best = extreme(curves, true);
        double worst = extreme(curves, false);
        for (var curve : curves.curves()) {
            text.append(Printable.format(
                    "  %-40s %,9d ",
                    shortened(curve.layer().name()), curve.layer().units()));
            var bars = new StringBuilder();
            for (var point : curve.points()) {
                text.append(Printable.format(" %8s", number(point.quality())));
                bars.append(bar(point.quality(), worst, best));
            }
            text.append("  ").append(bars).append("\n");
        }
        return text.toString();
    }

    /** Returns the sparsities that were asked for. */
    static List<Double> asked(Curves curves) {
        var asked = new ArrayList<Double>();
        for (var curve : curves.curves()) {
            if (curve.points().size() > asked.size()) {
                asked.clear();
                curve.points().forEach(point -> asked.add(point.asked()));
            }
        }
        return asked;
    }

    static String percent(double share) {
        return Printable.format("%s %%", Math.round(share * 1000) / 10.0).replace(".0 ", " ");
    }

    static String number(double value) {
        return Double.isNaN(value) ? "ruined" : Printable.format(Math.abs(value) >= 1000 ? "%.1f" : "%.4f", value);
    }

    private static double extreme(Curves curves, boolean best) {
        double extreme = curves.dense().value();
        for (var curve : curves.curves()) {
            for (var point : curve.points()) {
                if (!Double.isNaN(point.quality())) {
                    extreme = best == curves.dense().higherIsBetter()
                            ? Math.max(extreme, point.quality())
                            : Math.min(extreme, point.quality());
                }
            }
        }
        return extreme;
    }

    private static char bar(double quality, double worst, double best) {
        double share = Double.isNaN(quality) || best == worst ? 0 : (quality - worst) / (best - worst);
        return BARS.charAt(Math.clamp(Math.round(share * (BARS.length() - 1)), 0, BARS.length() - 1));
    }

    private static String shortened(String name) {
        return name.length() <= 40 ? name : "..." + name.substring(name.length() - 37);
    }
}
