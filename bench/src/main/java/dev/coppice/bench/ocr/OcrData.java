package dev.coppice.bench.ocr;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Paints the lines to distil on and those to test on; no sentence is in both. Texts lie beside the archives, a line each; the archives
 * have no labels.
 *
 * <p>Arguments: file of sentences, folder of fonts, folder to write to, lines to train on, lines to test on.
 */
public final class OcrData {

    private static final String INPUT = "x"; // of PP-OCR's recognisers
    private static final int TEST_SENTENCES = 2048;

    /** Lines on which receipts compare outputs with the dense model's. */
    private static final int SAMPLE = 32;

    private OcrData() {}

    public static void main(String[] arguments) throws IOException {
        var sentences = Files.readAllLines(Path.of(arguments[0]));
        var fonts = Path.of(arguments[1]);
        var folder = Path.of(arguments[2]);
        int split = sentences.size() - TEST_SENTENCES;
        paint(sentences.subList(0, split), fonts, folder, "train", Integer.parseInt(arguments[3]), 1);
        var others = sentences.subList(split, sentences.size());
        paint(others, fonts, folder, "test", Integer.parseInt(arguments[4]), 2);
        paint(others, fonts, folder, "sample", SAMPLE, 3);
    }

    private static void paint(List<String> sentences, Path fonts, Path folder, String name, int lines, long seed)
            throws IOException {
        var random = new Random(seed);
        var source = new LineTexts(sentences, random);
        var texts = Stream.generate(source::next).limit(lines).toList();
        Files.createDirectories(folder);
        Files.write(folder.resolve(name + ".txt"), texts);
        LineArchive.write(folder.resolve(name + ".npz"), INPUT, texts, new LinePainter(fonts, random));
    }
}
