package dev.coppice.bench.ocr;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads texts off probabilities over time: the likeliest class of every step, repetitions and blanks left out (Graves et al. 2006, 3.2). */
public final class CtcDecoder {

    private static final int BLANK = 0;

    private final List<String> classes;

    /** Reads a dictionary of one character a line; class 0 is the blank, the last one the space, as PP-OCR has it. */
    public CtcDecoder(Path dictionary) throws IOException {
        classes = new ArrayList<>();
        classes.add("");
        classes.addAll(Files.readAllLines(dictionary));
        classes.add(" ");
    }

    /**
     * Decodes one line.
     *
     * @param scores [lines, steps, classes] flattened
     * @param steps of a line
     */
    String decode(float[] scores, int line, int steps) {
        var text = new StringBuilder();
        int last = BLANK;
        for (int step = 0; step < steps; step++) {
            int best = best(scores, (line * steps + step) * classes.size());
            if (best != BLANK && best != last) {
                text.append(classes.get(best));
            }
            last = best;
        }
        return text.toString();
    }

    private int best(float[] scores, int from) {
        int best = 0;
        for (int i = 1; i < classes.size(); i++) {
            if (scores[from + i] > scores[from + best]) {
                best = i;
            }
        }
        return best;
    }

    int classes() {
        return classes.size();
    }
}
