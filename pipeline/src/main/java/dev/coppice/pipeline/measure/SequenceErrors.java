package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.EditDistance;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/**
 * Holds what a model of label sequences reads against the right ones: the label error rate, edits over labels, of the best path, whose
 * repetitions and blanks are dropped (Graves et al. 2006, sections 2 and 3.2). The blank is class 0.
 */
final class SequenceErrors {

    private static final int BLANK = 0;

    private final OrtModel model;
    private long edits;
    private long labels;
    private long right;
    private long samples;

    SequenceErrors(OrtModel model) {
        this.model = model;
    }

    /** Adds a batch: scores [N,T,C], or [T,C] of a sample alone, and sequences [N,L] filled up with -1. */
    void add(HostTensor output, HostTensor sequences) {
        int rows = Math.toIntExact(sequences.sizes()[0]);
        var dims = output.dims();
        boolean alone = dims.size() == 2 && rows == 1;
        if (!alone && (dims.size() != 3 || dims.getFirst() < rows)) {
            throw new BadModelException(
                    "the output of " + model.path() + " is " + output + ", no [N,T,C] for label sequences " + sequences,
                    "sequences are judged by scores of each class at each time; give --reference MODEL otherwise");
        }
        int times = Math.toIntExact(dims.get(dims.size() - 2));
        int classes = Math.toIntExact(dims.getLast());
        var scores = output.toFloats();
        var wanted = sequences.buffer().asLongBuffer();
        int length = Math.toIntExact(sequences.sizes()[1]);
        for (int n = 0; n < rows; n++) {
            var sequence = new ArrayList<Integer>();
            for (int i = 0; i < length && wanted.get(n * length + i) >= 0; i++) {
                sequence.add(Math.toIntExact(wanted.get(n * length + i)));
            }
            requireKnown(sequence, classes);
            int distance = EditDistance.of(bestPath(scores, n * times * classes, times, classes), sequence);
            edits += distance;
            labels += sequence.size();
            right += distance == 0 ? 1 : 0;
            samples++;
        }
    }

    private void requireKnown(List<Integer> sequence, int classes) {
        for (int label : sequence) {
            if (label >= classes) {
                throw new BadInputException(
                        "sample " + samples + " has the label " + label + "; the model knows " + classes + " classes",
                        "check that data and model belong together");
            }
        }
    }

    private List<Integer> bestPath(float[] scores, int from, int times, int classes) {
        var path = new ArrayList<Integer>();
        int last = BLANK;
        for (int t = 0; t < times; t++) {
            int best = 0;
            for (int c = 0; c < classes; c++) {
                float score = scores[from + t * classes + c];
                if (Float.isNaN(score)) {
                    throw new BadModelException(
                            model.path() + " gives NaN for sample " + samples,
                            "check the preprocessing; if the unpruned model does not, pruning broke it");
                }
                best = score > scores[from + t * classes + best] ? c : best;
            }
            if (best != BLANK && best != last) {
                path.add(best);
            }
            last = best;
        }
        return path;
    }

    Quality quality() {
        if (samples == 0 || labels == 0) {
            throw new BadInputException("the data holds no labels", "check the file, --split and --limit");
        }
        var more = new LinkedHashMap<String, Double>();
        more.put("exact", (double) right / samples);
        return new Quality("label-error", (double) edits / labels, false, more, samples);
    }
}
