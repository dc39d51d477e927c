package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Holds a model's outputs against a reference model's, element by element over all outputs. */
final class Comparison {

    private final OrtModel model;
    private double squaredError;
    private double squaredReference;
    private double maxAbs;
    private long elements;
    private double cosines;
    private long rows;
    private long agreeing;
    private long decisions;

    Comparison(OrtModel model) {
        this.model = model;
    }

    /**
     * Adds one run of both models on the same inputs.
     *
     * @param samples rows along the first axis that count; 0 for the whole of every output
     * @param lengths positions along the second axis that are no padding; empty for all
     */
    void add(Map<String, HostTensor> outputs, Map<String, HostTensor> reference, int samples, List<Integer> lengths) {
        for (var name : reference.keySet()) {
            var ours = outputs.get(name);
            var theirs = reference.get(name);
            if (ours == null || !ours.dims().equals(theirs.dims())) {
                throw new BadModelException(
                        model.path() + " gives " + ours + " for output '" + name + "', the reference " + theirs,
                        "compare models of the same interface");
            }
            addOutput(name, ours, theirs, samples, lengths);
        }
    }

    private void addOutput(String name, HostTensor ours, HostTensor theirs, int samples, List<Integer> lengths) {
        var dims = ours.dims();
        boolean batched = samples > 0 && !dims.isEmpty() && dims.getFirst() >= samples;
        int count = batched ? Math.toIntExact(dims.getFirst()) : 1;
        int perSample = ours.size() / Math.max(1, count);
        var a = ours.toFloats();
        var b = theirs.toFloats();
        for (int n = 0; n < (batched ? samples : 1); n++) {
            int to = perSample;
            if (dims.size() >= 3 && !lengths.isEmpty() && dims.get(1) >= lengths.get(n)) {
                to = Math.toIntExact(perSample / dims.get(1) * lengths.get(n));
            }
            addRow(name, a, b, n * perSample, n * perSample + to);
            if (dims.size() == 2 && perSample >= 2) {
                decisions++;
                agreeing += argmax(a, n * perSample, perSample) == argmax(b, n * perSample, perSample) ? 1 : 0;
            }
        }
    }

    private void addRow(String name, float[] a, float[] b, int from, int to) {
        double ab = 0;
        double aa = 0;
        double bb = 0;
        for (int i = from; i < to; i++) {
            // Equal infinities differ by nothing.
            double difference = a[i] == b[i] ? 0 : (double) a[i] - b[i];
            if (!Double.isFinite(difference)) {
                throw new BadModelException(
                        model.path() + " gives " + a[i] + " in output '" + name + "' where the reference gives " + b[i],
                        "one of the models overflows on these inputs");
            }
            squaredError += difference * difference;
            maxAbs = Math.max(maxAbs, Math.abs(difference));
            if (Float.isFinite(b[i])) {
                ab += (double) a[i] * b[i];
                aa += (double) a[i] * a[i];
                bb += (double) b[i] * b[i];
            }
        }
        elements += to - from;
        squaredReference += bb;
        cosines += aa == 0 && bb == 0 ? 1 : aa == 0 || bb == 0 ? 0 : ab / Math.sqrt(aa * bb);
        rows++;
    }

    private static int argmax(float[] values, int from, int count) {
        int best = from;
        for (int i = from + 1; i < from + count; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    Quality quality(long samples) {
        if (elements == 0) {
            throw new BadInputException("there was nothing to compare", "check the data, --split and --limit");
        }
        var more = new LinkedHashMap<String, Double>();
        more.put("mse", squaredError / elements);
        more.put("max-abs", maxAbs);
        if (squaredReference > 0) {
            more.put("relative-error", Math.sqrt(squaredError / squaredReference));
        }
        if (decisions > 0) {
            more.put("top1-agreement", (double) agreeing / decisions);
        }
        return new Quality("cosine", cosines / rows, true, more, samples);
    }
}
