package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Adds up the loss of a causal language model that maps token ids to logits [batch, length, vocabulary]. */
final class Perplexity {

    private final OrtModel model;
    private final String ids;
    private double loss;
    private long predicted;
    private long windows;

    Perplexity(OrtModel model) {
        this.model = model;
        this.ids = model.inputs().stream()
                .filter(input -> TokenInput.role(input)
                        .filter(r -> r == TokenInput.Role.IDS)
                        .isPresent())
                .findFirst()
                .orElseThrow(() -> new BadInputException(
                        model.path() + " has no input for token ids", "its name should contain input_ids"))
                .name();
    }

    void add(Map<String, HostTensor> outputs, Batch batch) {
        var windowIds = Objects.requireNonNull(batch.inputs().get(ids));
        var tokens = windowIds.toDoubles();
        var output = outputs.values().iterator().next();
        var dims = output.dims();
        int length = Math.toIntExact(windowIds.dims().get(1));
        if (dims.size() != 3 || dims.get(1) != length || output.type() != DType.FLOAT) {
            throw new BadModelException(
                    "the first output of " + model.path() + " is " + output + ", no FLOAT [batch, length, vocabulary]",
                    "perplexity needs a model from input_ids to logits");
        }
        var logits = new float[Math.toIntExact(dims.get(2))];
        var rows = output.buffer().asFloatBuffer();
        for (int n = 0; n < batch.samples(); n++) {
            for (int position = 0; position < length; position++) {
                rows.get(logits);
                if (position + 1 < batch.lengths().get(n)) {
                    addToken(logits, (int) tokens[n * length + position + 1]);
                }
            }
            windows++;
        }
    }

    private void addToken(float[] logits, int next) {
        if (next >= logits.length) {
            throw new BadInputException(
                    "token id " + next + " for a model of " + logits.length + " tokens",
                    "the windows come from another tokenizer");
        }
        double nll = LogSoftmax.loss(logits, 0, logits.length, next);
        if (!Double.isFinite(nll)) {
            throw new BadModelException(
                    model.path() + " gives the loss " + nll + " in window " + windows,
                    "if the unpruned model does not, pruning broke it");
        }
        loss += nll;
        predicted++;
    }

    Quality quality() {
        if (predicted == 0) {
            throw new BadInputException("the data holds no tokens to predict", "check the file and --limit");
        }
        double mean = loss / predicted;
        var more = new LinkedHashMap<String, Double>();
        more.put("loss", mean);
        more.put("tokens", (double) predicted);
        return new Quality("perplexity", Math.exp(mean), false, more, windows);
    }
}
