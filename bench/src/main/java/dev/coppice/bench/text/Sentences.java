package dev.coppice.bench.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.StringTokenizer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes plain text to distil sentence encoders on: sentences of 6 to 32 words, half from the Brown corpus and half from IMDb reviews,
 * in seeded random order, one a line.
 *
 * <p>Arguments: the folder data/text, the file to write, how many sentences.
 */
public final class Sentences {

    private static final int LEAST_WORDS = 6;
    private static final int MOST_WORDS = 32;
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+(?=[A-Z\"])");

    private Sentences() {}

    public static void main(String[] arguments) throws IOException {
        var folder = Path.of(arguments[0]);
        int each = Integer.parseInt(arguments[2]) / 2;
        var random = new Random(1);
        var sentences = new ArrayList<String>();
        for (var source : List.of(brown(folder.resolve("brown")), imdb(folder.resolve("imdb/reviews.json")))) {
            Collections.shuffle(source, random);
            sentences.addAll(source.subList(0, Math.min(each, source.size())));
        }
        Collections.shuffle(sentences, random);
        Files.write(Path.of(arguments[1]), sentences);
    }

    /** Returns the corpus's sentences, a line each there, without the tags that follow every word. */
    private static List<String> brown(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            var sentences = new ArrayList<String>();
            for (var file : files.filter(f -> f.getFileName().toString().matches("c[a-r]\\d\\d"))
                    .sorted()
                    .toList()) {
                for (var line : Files.readAllLines(file)) {
                    var words = Stream.of(line.strip().split("\\s+", -1))
                            .map(word -> word.replaceFirst("/[^/]*$", ""))
                            .collect(Collectors.joining(" "));
                    add(
                            sentences,
                            words.replace("`` ", "\"")
                                    .replace(" ''", "\"")
                                    .replaceAll(" ([.,;:!?])(?= |$|\")", "$1")
                                    .replace(";;", ";")
                                    .replace("??", "?"));
                }
            }
            return sentences;
        }
    }

    private static List<String> imdb(Path file) throws IOException {
        var sentences = new ArrayList<String>();
        try (var json = new JsonFactory().createParser(file.toFile())) {
            for (var token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.VALUE_STRING && "t".equals(json.currentName())) {
                    SENTENCE_END
                            .splitAsStream(json.getText().replaceAll("<[^>]*>|\\s+", " "))
                            .forEach(sentence -> add(sentences, sentence));
                }
            }
        }
        return sentences;
    }

    private static void add(List<String> sentences, String sentence) {
        int words = new StringTokenizer(sentence).countTokens();
        if (words >= LEAST_WORDS && words <= MOST_WORDS) {
            sentences.add(sentence.strip());
        }
    }
}
