package dev.coppice.pipeline.report;

import java.util.Arrays;
import java.util.Locale;

/**
 * Makes text from files (names of nodes and tensors, messages that quote them) safe to print: what a terminal would obey instead of
 * show is written as {@code \\u001b}, which JSON reads back as it was.
 */
public final class Printable {

    private Printable() {}

    /** Returns text that stays in its line. */
    public static String of(String text) {
        return escaped(text, false);
    }

    /** Returns text that may go over several lines. */
    public static String lines(String text) {
        return escaped(text, true);
    }

    /** Formats for every locale alike, with all but numbers among the arguments kept in their line. */
    public static String format(String format, Object... arguments) {
        return String.format(
                Locale.ROOT,
                format,
                Arrays.stream(arguments)
                        .map(a -> a instanceof Number ? a : of(String.valueOf(a)))
                        .toArray());
    }

    private static String escaped(String text, boolean lines) {
        if (text.chars().allMatch(c -> isShown((char) c, lines))) {
            return text;
        }
        var safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean windowsEnd = lines && c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
            boolean pair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
            if (pair) {
                safe.append(c).append(text.charAt(++i));
            } else if ((isShown(c, lines) && !Character.isSurrogate(c)) || windowsEnd) {
                safe.append(c);
            } else {
                safe.append("\\u%04x".formatted((int) c));
            }
        }
        return safe.toString();
    }

    /** Says whether a terminal shows a character, or half of one, as itself. */
    private static boolean isShown(char c, boolean lines) {
        return switch (c) {
            case '\n', '\t' -> lines;
            // These turn the direction of what follows, or end the line.
            case '\u061c', '\u200e', '\u200f', '\u2028', '\u2029' -> false;
            default ->
                !Character.isISOControl(c)
                        && !(c >= '\u202a' && c <= '\u202e')
                        && !(c >= '\u2066' && c <= '\u2069')
                        && !Character.isSurrogate(c);
        };
    }
}
