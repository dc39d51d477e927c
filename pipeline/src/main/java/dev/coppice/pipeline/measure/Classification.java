package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.train.Logits;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts hits of a classifier whose first output of fractions is [N, classes]: logits, or probabilities if its rows sum to 1. [N] or [N, 1]
 * is what speaks for the second of two classes. A model that gives nothing but the class itself, as whole numbers [N], is taken at its word.
 */
final class Classification {

    /** Keeps the loss of a class that was given probability 0 finite. */
    private static final double SMALLEST_PROBABILITY = 1e-12;

    private static final double SUM_TOLERANCE = 1e-3;

    private final OrtModel model;
    private int classes;
    private boolean probabilities;
    private boolean scored = true;
    private long samples;
    private long top1;
    private long top5;
    private double loss;

    Classification(OrtModel model) {
        this.model = model;
    }

    void add(Map<String, HostTensor> outputs, List<Integer> labels) {
        var fractions = TargetJudge.fractions(outputs);
        if (fractions.isEmpty()) {
            addChosen(outputs, labels);
            return;
        }
        var scores = scores(fractions.get(), labels.size());
        for (int n = 0; n < labels.size(); n++) {
            addSample(scores, n * classes, labels.get(n));
        }
    }

    /** Returns scores row by row, of two classes where the model gives one number. */
    private float[] scores(HostTensor output, int samplesGiven) {
        var dims = output.dims();
        boolean alone = samplesGiven == 1 && dims.size() == 1; // a model without an axis for samples
        long given = alone ? dims.getFirst() : dims.size() < 2 ? 1 : dims.get(1);
        boolean fits = !dims.isEmpty()
                && (alone || dims.getFirst() >= samplesGiven)
                && given > 0
                && dims.stream().skip(2).allMatch(d -> d == 1);
        if (!fits) {
            throw unfit("the output of " + model.path() + " is " + output + ", no [N, classes]");
        }
        var scores = output.toFloats();
        if (classes == 0) {
            classes = Math.toIntExact(Math.max(2, given));
            probabilities = given == 1 ? endsInSigmoid() : areProbabilities(scores, classes);
        }
        return given == 1 ? ofBoth(scores) : scores;
    }

    private boolean endsInSigmoid() {
        return Files.isRegularFile(model.path()) && Logits.areBehind(OnnxReader.read(model.path()));
    }

    private float[] ofBoth(float[] seconds) {
        var scores = new float[2 * seconds.length];
        for (int i = 0; i < seconds.length; i++) {
            scores[2 * i] = probabilities ? 1 - seconds[i] : 0;
            scores[2 * i + 1] = seconds[i];
        }
        return scores;
    }

    private BadModelException unfit(String what) {
        return new BadModelException(
                what, "only classifiers can be judged by labels; give --reference MODEL to compare outputs");
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

    private void addChosen(Map<String, HostTensor> outputs, List<Integer> labels) {
        var chosen = chosen(outputs, labels.size());
        if (chosen == null) {
            throw unfit(model.path() + " has no output of fractions, nor one class for each of " + labels.size()
                    + " samples");
        }
        scored = false;
        for (int n = 0; n < labels.size(); n++) {
            top1 += chosen[n] == labels.get(n) ? 1 : 0;
        }
        samples += labels.size();
    }

    private static double @Nullable [] chosen(Map<String, HostTensor> outputs, int count) {
        for (var output : outputs.values()) {
            if (output.size() >= count && output.size() == (output.dims().isEmpty() ? 1 : output.sizes()[0])) {
                return output.toDoubles();
            }
        }
        return null;
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
        if (scored && classes > 5) {
            more.put("top5", (double) top5 / samples);
        }
        if (scored) {
            more.put("loss", loss / samples);
        }
        return new Quality("top1", (double) top1 / samples, true, more, samples);
    }
}
