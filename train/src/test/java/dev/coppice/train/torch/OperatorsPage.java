package dev.coppice.train.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads docs/operators.md: what it promises is what the tests hold. */
final class OperatorsPage {

    private static final Path FILE = Path.of("..", "docs", "operators.md");

    private OperatorsPage() {}

    /** Returns the names in code font in the first column of the tables below a heading. */
    static SortedSet<String> names(String heading, int column) throws IOException {
        var text = Files.readString(FILE);
        int start = text.indexOf("\n## " + heading + "\n");
        if (start < 0) {
            throw new IllegalStateException("docs/operators.md has no section " + heading);
        }
        int end = text.indexOf("\n## ", start + 4);
        var names = new TreeSet<String>();
        for (var line :
                text.substring(start, end < 0 ? text.length() : end).lines().toList()) {
            var cells = line.split("\\|", -1);
            if (cells.length > column + 1) {
                Pattern.compile("`([^`]+)`")
                        .matcher(cells[column + 1])
                        .results()
                        .forEach(match -> names.add(match.group(1)));
            }
        }
        return names;
    }
}
