package dev.coppice.bench.ocr;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.EditDistance;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a recogniser errs.
 *
 * @param characters edits (inserted, removed, replaced) that make the readings right, over the characters there are
 * @param withoutSpaces the same, spaces left out on both sides
 * @param lines share of the lines with an error
 * @param readings what was read, in the order of the lines
 */
public record ErrorRate(double characters, double withoutSpaces, double lines, List<String> readings) {

    private static final int BATCH = 16;

    public ErrorRate {
        readings = List.copyOf(readings);
    }

    /** Reads the lines of an archive with a model, and compares with what they say; spaces round a reading do not count. */
    public static ErrorRate of(Path model, Path archive, List<String> texts, CtcDecoder decoder, int threads) {
        var readings = new ArrayList<String>();
        try (var session = OrtModel.open(model, OrtOptions.defaults().withThreads(threads));
                var batches =
                        Batches.open(new DataSpec.Npz(archive), DataOptions.defaults(), session.inputs(), BATCH)) {
            for (var batch = batches.next(); batch != null; batch = batches.next()) {
                var output = session.run(batch.inputs()).values().iterator().next(); // [lines, steps, classes]
                var sizes = output.sizes();
                if (sizes.length != 3 || sizes[2] != decoder.classes()) {
                    throw new BadModelException(
                            model + " gives " + output, "the dictionary has " + decoder.classes() + " classes");
                }
                var scores = output.toFloats();
                for (int line = 0; line < batch.samples(); line++) {
                    readings.add(decoder.decode(scores, line, Math.toIntExact(sizes[1]))
                            .strip());
                }
            }
        }
        return of(texts, readings);
    }

    static ErrorRate of(List<String> texts, List<String> readings) {
        if (texts.size() != readings.size()) {
            throw new IllegalArgumentException(readings.size() + " readings of " + texts.size() + " texts");
        }
        long wrong = 0;
        for (int i = 0; i < texts.size(); i++) {
            wrong += texts.get(i).equals(readings.get(i)) ? 0 : 1;
        }
        var dense = texts.stream().map(ErrorRate::dense).toList();
        var denseReadings = readings.stream().map(ErrorRate::dense).toList();
        return new ErrorRate(
                share(texts, readings), share(dense, denseReadings), (double) wrong / texts.size(), readings);
    }

    private static String dense(String text) {
        return text.replace(" ", "");
    }

    private static double share(List<String> texts, List<String> readings) {
        long edits = 0;
        long characters = 0;
        for (int i = 0; i < texts.size(); i++) {
            edits += EditDistance.of(texts.get(i), readings.get(i));
            characters += texts.get(i).length();
        }
        return (double) edits / characters;
    }
}
