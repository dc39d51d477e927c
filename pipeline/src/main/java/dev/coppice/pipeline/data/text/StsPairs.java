package dev.coppice.pipeline.data.text;

import dev.coppice.ir.BadInputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Sentence pairs with similarity scores in the format of STS-B. */
public final class StsPairs {

    private static final int SCORE = 4;
    private static final int FIRST = 5;
    private static final int SECOND = 6;

    private StsPairs() {}

    /** Two sentences and how similar people found them, 0 to 5. */
    public record Pair(double score, String first, String second) {}

    /**
     * Reads the first {@code limit} pairs of a file.
     *
     * @throws BadInputException for a line without score or sentences, and for a file without lines
     */
    public static List<Pair> read(Path file, long limit) {
        var pairs = new ArrayList<Pair>();
        try (var lines = new TextLines(file, limit)) {
            for (var line = lines.line(); line != null; line = lines.line()) {
                pairs.add(pair(file, line, pairs.size() + 1));
            }
        }
        if (pairs.isEmpty()) {
            throw new BadInputException(file + " holds no sentence pairs", "it should have TAB separated columns");
        }
        return pairs;
    }

    private static Pair pair(Path file, String line, int number) {
        var columns = line.split("\t", -1);
        if (columns.length <= SECOND) {
            throw new BadInputException(
                    file + " line " + number + " has " + columns.length + " columns",
                    "STS-B has the score in column 5 and sentences in columns 6 and 7, separated by TAB");
        }
        return new Pair(score(file, number, columns[SCORE]), columns[FIRST].strip(), columns[SECOND].strip());
    }

    private static double score(Path file, int number, String text) {
        String problem = file + " line " + number + " has the score '" + text + "'";
        try {
            double score = Double.parseDouble(text);
            if (Double.isFinite(score)) {
                return score;
            }
        } catch (NumberFormatException e) {
            throw new BadInputException(problem, "column 5 holds a number", e);
        }
        throw new BadInputException(problem, "column 5 holds a finite number");
    }

    /** Returns the sentences as texts: number 2i and 2i + 1 are those of pair i. */
    static List<String> sentences(Path file, long limit) {
        return read(file, limit).stream()
                .flatMap(pair -> Stream.of(pair.first(), pair.second()))
                .toList();
    }
}
