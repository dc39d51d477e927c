package dev.coppice.bench.ocr;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/** Draws texts of one line, 8 to 25 characters of printable ASCII: runs of words, some with a number, a date, a price or capitals. */
final class LineTexts {

    static final int FEWEST = 8;
    static final int MOST = 25;

    private final List<String> sentences;
    private final RandomGenerator random;

    /** Draws from sentences of which those with other characters are passed over. */
    LineTexts(List<String> sentences, RandomGenerator random) {
        this.sentences = sentences.stream()
                .filter(sentence -> sentence.chars().allMatch(c -> c >= ' ' && c <= '~'))
                .toList();
        this.random = random;
    }

    String next() {
        while (true) {
            var text = draw();
            if (text.length() >= FEWEST && text.length() <= MOST) {
                return text;
            }
        }
    }

    private String draw() {
        var words = sentences.get(random.nextInt(sentences.size())).strip().split("\\s+", -1);
        int most = random.nextInt(FEWEST, MOST + 1);
        var text = new StringBuilder(random.nextInt(5) == 0 ? figure() : "");
        for (int i = random.nextInt(words.length);
                i < words.length && text.length() + 1 + words[i].length() <= most;
                i++) {
            text.append(text.isEmpty() ? "" : " ").append(words[i]);
        }
        return random.nextInt(10) == 0 ? text.toString().toUpperCase(Locale.ROOT) : text.toString();
    }

    private String figure() {
        return switch (random.nextInt(5)) {
            case 0 -> Integer.toString(random.nextInt(100_000));
            case 1 -> "$" + random.nextInt(1000) + "." + random.nextInt(10, 100);
            case 2 -> random.nextInt(1, 29) + "/" + random.nextInt(1, 13) + "/" + random.nextInt(1950, 2030);
            case 3 -> random.nextInt(1, 101) + "%";
            default -> "No." + random.nextInt(1000) + ":";
        };
    }
}
