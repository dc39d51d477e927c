package dev.coppice.prune.pattern;

import dev.coppice.ir.UsageException;
import java.util.regex.Matcher;

/** Reads the names of patterns. */
final class PatternParser {

    private static final java.util.regex.Pattern BLOCK = java.util.regex.Pattern.compile("block:(\\d{1,9})x(\\d{1,9})");
    private static final java.util.regex.Pattern N_OF_M = java.util.regex.Pattern.compile("(\\d{1,9}):(\\d{1,9})");

    private PatternParser() {}

    static Pattern parse(String text) {
        return switch (text) {
            case "unstructured" -> new Pattern.Unstructured();
            case "row" -> new Pattern.Row();
            case "column" -> new Pattern.Column();
            default -> parseSized(text);
        };
    }

    private static Pattern parseSized(String text) {
        var block = BLOCK.matcher(text);
        if (block.matches()) {
            if (number(block, 1) == 0 || number(block, 2) == 0) {
                throw new UsageException("a block of " + text + " is empty", "blocks have at least one row and column");
            }
            return new Pattern.Block(number(block, 1), number(block, 2));
        }
        var nOfM = N_OF_M.matcher(text);
        if (nOfM.matches()) {
            if (number(nOfM, 1) == 0 || number(nOfM, 1) >= number(nOfM, 2)) {
                throw new UsageException(
                        "no pattern " + text, "N:M prunes N of every M weights, so N is at least 1 and less than M");
            }
            return new Pattern.NofM(number(nOfM, 1), number(nOfM, 2));
        }
        throw new UsageException(
                "unknown granularity '" + text + "'",
                "known are unstructured, row, column, block:RxC (block:2x1), N:M (2:4), channel, head, channel+head,"
                        + " layer, activation");
    }

    private static int number(Matcher matcher, int group) {
        return Integer.parseInt(matcher.group(group));
    }
}
