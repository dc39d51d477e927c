package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.spec.DataOptions.Pooling;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.Map;

/** One vector for each text, as a model gives them. */
final class TextVectors {

    private final OrtModel model;
    private final Pooling pooling;
    private final float[][] vectors;

    TextVectors(OrtModel model, Pooling pooling, int texts) {
        this.model = model;
        this.pooling = pooling;
        this.vectors = new float[texts][];
    }

    void add(Batch batch) {
        var output = embedding(model.run(batch.inputs()));
        var dims = output.dims();
        var values = output.toFloats();
        int width = Math.toIntExact(dims.getLast());
        int perSample = values.length / Math.toIntExact(dims.getFirst());
        for (int n = 0; n < batch.samples(); n++) {
            int length = dims.size() == 2 ? 1 : batch.lengths().get(n);
            vectors[Math.toIntExact(batch.order().get(n))] = pool(values, n * perSample, length, width);
        }
    }

    /** Returns the vector of a text; throws {@link BadInputException} when it has not been seen. */
    float[] of(int text) {
        var vector = vectors[text];
        if (vector == null) {
            throw new BadInputException("text " + (text + 1) + " was not read", "use all of the data");
        }
        return vector;
    }

    /** Chooses token vectors [batch, length, width] before sentence vectors [batch, width]. */
    private HostTensor embedding(Map<String, HostTensor> outputs) {
        for (int rank = 3; rank >= 2; rank--) {
            for (var output : outputs.values()) {
                if (output.dims().size() == rank) {
                    return output;
                }
            }
        }
        throw new BadModelException(
                "no output of " + model.path() + " is [batch, length, width] or [batch, width]",
                "pairs and retrieval need a model that embeds text");
    }

    private float[] pool(float[] values, int from, int length, int width) {
        int counted = pooling == Pooling.CLS ? 1 : length;
        var pooled = new float[width];
        for (int position = 0; position < counted; position++) {
            for (int i = 0; i < width; i++) {
                pooled[i] += values[from + position * width + i] / counted;
            }
        }
        return pooled;
    }
}
