package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Counts hits of a classifier whose first output is [N, classes]: logits, or probabilities if its rows sum to 1. */
final class Classification {

    /** Keeps the loss of a class that was given probability 0 finite. */
    private static final double SMALLEST_PROBABILITY = 1e-12;

    private static final double SUM_TOLERANCE = 1e-3;

    private final OrtModel model;
    private int classes;
    private boolean probabilities;
    private long samples;
    private long top1;
    private long top5;
    private double loss;

    Classification(OrtModel model) {
        this.model = model;
    }

    void add(Map<String, HostTensor> outputs, List<Integer> labels) {
        var output = outputs.values().iterator().next();
        var dims = output.dims();
        boolean fits = dims.size() >= 2
                && dims.get(0) >= labels.size()
                && dims.get(1) >= 2
                && dims.stream().skip(2).allMatch(d -> d == 1);
        if (!fits) {
            throw new BadModelException(
                    "the first output of " + model.path() + " is " + output + ", no [N, classes]",
                    "only classifiers can be judged by labels; give --reference MODEL to compare outputs");
        }
        var scores = output.toFloats();
        if (classes == 0) {
            classes = Math.toIntExact(dims.get(1));
            probabilities = areProbabilities(scores, classes);
        }
        for (int n = 0; n < labels.size(); n++) {
            addSample(scores, n * classes, labels.get(n));
        }
    }

    private static boolean areProbabilities(float[] scores, int classes) {
        for (int row = 0; row < scores.length; row += classes) {
            double sum = 0;
            for (int i = row; i < row + classes; i++) {
                if (!(scores[i] >= 0)) {
                    return false;
                }
                sum += scores[i];
            }
            if (Math.abs(sum - 1) > SUM_TOLERANCE) {
                return false;
            }
        }
        return true;
    }

    private void addSample(float[] scores, int row, int label) {
        if (label >= classes) {
            throw new BadInputException(
                    "sample " + samples + " has the label " + label + "; the model knows " + classes + " classes",
                    "check that data and model belong together");
        }
        int rank = rank(scores, row, label);
        top1 += rank == 0 ? 1 : 0;
        top5 += rank < 5 ? 1 : 0;
        loss += probabilities
                ? -Math.log(Math.max(SMALLEST_PROBABILITY, scores[row + label]))
                : LogSoftmax.loss(scores, row, classes, label);
        samples++;
    }

    /** Returns how many classes come before the label; of equal scores the first class wins. */
    private int rank(float[] scores, int row, int label) {
        float own = scores[row + label];
        int before = 0;
        for (int c = 0; c < classes; c++) {
            float score = scores[row + c];
            if (Float.isNaN(score)) {
                throw new BadModelException(
                        model.path() + " gives NaN for sample " + samples,
                        "check the preprocessing; if the unpruned model does not, pruning broke it");
            }
            before += score > own || (score == own && c < label) ? 1 : 0;
        }
        return before;
    }

    Quality quality() {
        if (samples == 0) {
            throw new BadInputException("the data holds no samples", "check the file, --split and --limit");
        }
        var more = new LinkedHashMap<String, Double>();
        if (classes > 5) {
            more.put("top5", (double) top5 / samples);
        }
        more.put("loss", loss / samples);
        return new Quality("top1", (double) top1 / samples, true, more, samples);
    }
}
