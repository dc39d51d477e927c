package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.Batches;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.spec.DataOptions;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Some samples in memory, by which many variants of one model are judged: by their labels, or by how close a variant's outputs are to the
 * dense model's where the data has none. Thread-safe once made.
 */
public final class Probe {

    /** What samples and dense outputs may take: beside a model that is much, and enough for thousands of images or sentences. */
    private static final long MOST_BYTES = 1L << 30;

    private final DataSpec data;
    private final DataOptions options;
    private final List<Batch> batches = new ArrayList<>();
    private final IdentityHashMap<Batch, Map<String, HostTensor>> answers = new IdentityHashMap<>();
    private final boolean unlabelled;
    private final Quality dense;
    private long bytes;

    private Probe(DataSpec data, DataOptions options, OrtModel model, int size, Progress progress) {
        this.data = data;
        this.options = options.orSplit(data, data instanceof DataSpec.Beir ? Split.TEST : Split.TRAIN);
        this.unlabelled = data.isUnlabelled(model.inputs());
        read(model, size);
        if (unlabelled) {
            for (var batch : batches) {
                var outputs = model.run(batch.inputs());
                answers.put(batch, outputs);
                hold(outputs);
            }
        }
        this.dense = measure(model, progress);
    }

    /**
     * Reads samples, and runs the dense model on them; the training part where the data has parts and the options choose none.
     *
     * @throws BadInputException when the data cannot be read, holds nothing or does not fit the model
     * @throws UsageException when the samples take too much memory
     */
    public static Probe of(Path denseModel, DataSpec data, DataOptions options, Progress progress) {
        try (var model = OrtModel.open(denseModel, OrtOptions.defaults())) {
            int size = Judge.batchSize(data);
            try {
                return new Probe(data, options, model, size, progress);
            } catch (BadModelException e) {
                return Singly.insteadOf(size, e, () -> new Probe(data, options, model, 1, progress));
            }
        }
    }

    private void read(OrtModel model, int size) {
        try (var source = Batches.open(data, options, ModelInputs.of(model), size)) {
            for (var batch = source.next(); batch != null; batch = source.next()) {
                batches.add(batch);
                hold(batch.inputs());
            }
        }
        if (batches.isEmpty()) {
            throw new BadInputException("there are no samples in " + data.text(), "give data to measure on");
        }
    }

    private void hold(Map<String, HostTensor> tensors) {
        bytes += tensors.values().stream()
                .mapToLong(tensor -> tensor.buffer().remaining())
                .sum();
        if (bytes > MOST_BYTES) {
            throw new UsageException(
                    "the samples of " + data.text() + " and what the model says to them take more than 1 GiB",
                    "use fewer, by --limit");
        }
    }

    /** Returns how good the dense model is; by its own outputs it is perfect. */
    public Quality dense() {
        return dense;
    }

    public long samples() {
        return batches.stream().mapToLong(Batch::samples).sum();
    }

    /** Measures a variant of the dense model. */
    public Quality measure(OrtModel variant) {
        return measure(variant, Progress.NONE);
    }

    private Quality measure(OrtModel variant, Progress progress) {
        var judge = unlabelled
                ? Judge.byReference(variant, batch -> answers.getOrDefault(batch, Map.of()))
                : Judge.byLabels(data, options, variant);
        long done = 0;
        for (var batch : batches) {
            judge.add().accept(batch);
            progress.update("evaluate", ++done, batches.size(), "batches");
        }
        return judge.quality().get();
    }

    /** Returns the SHA-256 of all samples, labels too, in hexadecimal. */
    public String sha256() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var batch : batches) {
                new TreeMap<>(batch.inputs()).values().forEach(tensor -> digest.update(tensor.buffer()));
                digest.update(batch.labels().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
                batch.targets().ifPresent(targets -> digest.update(targets.buffer()));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
