package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.train.Checkpoint;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps evidence in a file of the safetensors format: a tensor for each layer and kind, and the key of what it was collected from. */
public final class EvidenceFile {

    private static final String KEY = "key";
    private static final String REFUSED = "refused.";

    private EvidenceFile() {}

    /** Writes the file; it appears complete or not at all. */
    public static void write(Path file, String key, ActivationEvidence.Found found) {
        var tensors = new LinkedHashMap<String, Tensor>();
        found.findings().forEach((kind, layer, values) -> {
            var tensor = tensor(kind, layer, values);
            tensors.put(tensor.name(), tensor);
        });
        var notes = new HashMap<String, String>();
        notes.put(KEY, key);
        found.refused().forEach((layer, reason) -> notes.put(REFUSED + layer, reason));
        new Checkpoint(notes, tensors).write(file);
    }

    /**
     * Reads the file; empty when there is none, or one of another key.
     *
     * @throws dev.coppice.ir.BadInputException when it is damaged
     */
    public static Optional<ActivationEvidence.Found> read(Path file, String key) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        var checkpoint = Checkpoint.read(file);
        if (!key.equals(checkpoint.notes().get(KEY))) {
            return Optional.empty();
        }
        var findings = Findings.NONE;
        for (var entry : checkpoint.tensors().entrySet()) {
            var name = entry.getKey().split("/", 3);
            findings = findings.with(Evidence.valueOf(name[0]), Map.of(name[2], values(name[1], entry.getValue())));
        }
        var refused = new HashMap<String, String>();
        checkpoint.notes().forEach((note, text) -> {
            if (note.startsWith(REFUSED)) {
                refused.put(note.substring(REFUSED.length()), text);
            }
        });
        return Optional.of(new ActivationEvidence.Found(findings, refused));
    }

    /** Names tensors KIND/FORM/LAYER; of columns the form tells how many rows share them. */
    private static Tensor tensor(Evidence kind, String layer, Values values) {
        return switch (values) {
            case Values.Columns(double[] numbers, int columns, int rows) ->
                doubles(kind + "/columns:" + rows + "/" + layer, numbers, columns);
            case Values.Rows(double[] numbers) -> doubles(kind + "/rows/" + layer, numbers, numbers.length);
            case Values.Elements(float[] numbers) -> {
                var bytes = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, Math.max(1, numbers.length));
                for (int i = 0; i < numbers.length; i++) {
                    bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, numbers[i]);
                }
                yield Tensor.of(
                        kind + "/elements/" + layer,
                        DType.FLOAT,
                        List.of((long) numbers.length),
                        new TensorData.Bytes(bytes.asSlice(0, 4L * numbers.length)));
            }
        };
    }

    private static Tensor doubles(String name, double[] numbers, int columns) {
        var bytes = Arena.ofAuto().allocate(ValueLayout.JAVA_DOUBLE, Math.max(1, numbers.length));
        for (int i = 0; i < numbers.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_DOUBLE, i, numbers[i]);
        }
        var dims = List.of((long) (numbers.length / Math.max(1, columns)), (long) columns);
        return Tensor.of(name, DType.DOUBLE, dims, new TensorData.Bytes(bytes.asSlice(0, 8L * numbers.length)));
    }

    private static Values values(String form, Tensor tensor) {
        int count = Math.toIntExact(tensor.size());
        if (form.equals("elements")) {
            var numbers = new float[count];
            Elements.floats(tensor, 0, numbers, count);
            return new Values.Elements(numbers);
        }
        var numbers = new double[count];
        Elements.doubles(tensor, 0, numbers, count);
        return form.equals("rows")
                ? new Values.Rows(numbers)
                : new Values.Columns(
                        numbers,
                        Math.toIntExact(tensor.dims().get(1)),
                        Integer.parseInt(form.substring(form.indexOf(':') + 1)));
    }
}
