package dev.coppice.train;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Keeps a teacher's outputs on disk in half precision, a file for each batch, found by a hash of teacher and batch: a batch that comes
 * again, in this run or another one, is not computed again.
 *
 * <p>What is computed is rounded as what is read, so a run gives the same bits whatever the folder holds. Files appear complete
 * or not at all, with a checksum; a damaged one is computed anew.
 */
public final class TeacherCache {

    private final Path folder;
    private final String teacher;

    /**
     * Takes a folder into use; it is made when the first outputs are kept.
     *
     * @param teacher what identifies the teacher, and whatever else its rounding depends on, such as the number of threads
     */
    public TeacherCache(Path folder, String teacher) {
        this.folder = folder;
        this.teacher = teacher;
    }

    /**
     * Returns the teacher's values for a batch; they belong to the scope that is open.
     *
     * @param values the names of what is wanted
     * @throws UncheckedIOException when they cannot be kept
     * @throws BadModelException when they are too large for half precision
     */
    Map<String, Tensor> outputs(TrainBatch batch, List<String> values, Supplier<Map<String, Tensor>> computation) {
        var file = folder.resolve(key(batch, values) + ".safetensors");
        if (Files.exists(file)) {
            try {
                var kept = Checkpoint.read(file).tensors();
                if (kept.keySet().containsAll(values)) {
                    return widened(kept, values);
                }
            } catch (BadInputException _) {
                // Damaged: it is written again below.
            }
        }
        return keep(file, computation.get(), values);
    }

    private static Map<String, Tensor> widened(Map<String, dev.coppice.ir.Tensor> kept, List<String> values) {
        var outputs = new LinkedHashMap<String, Tensor>();
        for (var name : values) {
            outputs.put(name, Tensors.copy(java.util.Objects.requireNonNull(kept.get(name)), Precision.FLOAT32));
        }
        return outputs;
    }

    private Map<String, Tensor> keep(Path file, Map<String, Tensor> computed, List<String> values) {
        var rounded = new LinkedHashMap<String, dev.coppice.ir.Tensor>();
        try (var _ = new Scope()) {
            for (var name : values) {
                var half = java.util.Objects.requireNonNull(computed.get(name)).to(ScalarType.Half);
                if (!torch.isfinite(half).all().item_bool()) {
                    throw new BadModelException(
                            "the dense model's value " + name + " exceeds half precision, in which outputs are kept",
                            "leave --cache-teacher out");
                }
                rounded.put(name, Tensors.toHost(name, half));
            }
        }
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot make the folder " + folder + ": " + e.getMessage(), e);
        }
        new Checkpoint(Map.of("teacher", teacher), rounded).write(file);
        return widened(rounded, values);
    }

    private String key(TrainBatch batch, List<String> values) {
        var digest = sha256();
        add(digest, teacher);
        values.forEach(name -> add(digest, name));
        new TreeMap<>(batch.inputs()).forEach((name, tensor) -> {
            add(digest, name + tensor.type() + tensor.dims());
            digest.update(Elements.bytes(tensor).asByteBuffer());
        });
        return HexFormat.of().formatHex(digest.digest(), 0, 16);
    }

    private static void add(MessageDigest digest, String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
