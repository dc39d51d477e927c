package dev.coppice.pipeline.report;

import java.util.Locale;

/**
 * One figure before and after.
 *
 * @param name in the form of a JSON key, such as {@code non-zeros}
 * @param remark under which conditions it holds; may be empty
 */
public record Measurement(String name, Unit unit, double before, double after, String remark) {

    /** How a figure is written for people. */
    public enum Unit {
        COUNT,
        BYTES,
        MILLISECONDS,
        JOULES,
        NUMBER;

        String format(double value) {
            return switch (this) {
                case COUNT -> String.format(Locale.ROOT, "%,d", (long) value);
                case BYTES -> scaled(value, "B");
                case MILLISECONDS -> String.format(Locale.ROOT, value < 1 ? "%.4f ms" : "%.2f ms", value);
                case JOULES -> String.format(Locale.ROOT, "%.3g mJ", value * 1e3);
                case NUMBER -> String.format(Locale.ROOT, "%.4f", value);
            };
        }

        private static String scaled(double value, String unit) {
            var prefixes = new String[] {"", "k", "M", "G", "T"};
            int prefix = 0;
            double rest = value;
            while (rest >= 1000 && prefix < prefixes.length - 1) {
                rest /= 1000;
                prefix++;
            }
            return String.format(Locale.ROOT, prefix == 0 ? "%.0f %s%s" : "%.2f %s%s", rest, prefixes[prefix], unit);
        }
    }

    public static Measurement of(String name, Unit unit, double before, double after) {
        return new Measurement(name, unit, before, after, "");
    }
}
