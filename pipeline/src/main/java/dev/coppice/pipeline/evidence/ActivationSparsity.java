package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.activation.ActivationGates.Gate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Calibrates from which magnitude on the inputs of layers matter, and measures how many do not. */
public final class ActivationSparsity {

    /**
     * What calibration found.
     *
     * @param zeros the share of values that are zero already, of the values to be thinned out
     * @param refused why the inputs of some weights stay as they are, by the weight's name
     */
    public record Calibrated(List<Gate> gates, Map<String, Double> zeros, Map<String, String> refused) {}

    private ActivationSparsity() {}

    /**
     * Finds the threshold of the input of every layer below which a share of its values lies.
     *
     * @param parameters the weights whose layers are meant
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when the data cannot be used
     */
    public static Calibrated calibrate(
            Model model, Collection<Parameter> parameters, double share, Samples data, int threads, Progress progress) {
        var refused = new LinkedHashMap<String, String>();
        var readers = readers(model, parameters, refused);
        var histograms = new LinkedHashMap<String, MagnitudeHistogram>();
        readers.keySet().forEach(value -> histograms.put(value, new MagnitudeHistogram()));
        if (!histograms.isEmpty()) {
            try (var tapped = Tapped.open(model, readers.keySet(), threads)) {
                data.forEach(
                        progress,
                        batch -> tapped.run(batch).forEach((value, output) -> {
                            var histogram = histograms.get(value);
                            var positions = Positions.of(batch, output.dims());
                            var elements = output.toFloats();
                            int run = Math.toIntExact(
                                    output.dims().isEmpty() ? 1 : output.dims().getLast());
                            for (int i = 0; i < elements.length && histogram != null; i += run) {
                                for (int k = i; positions.counts(i) && k < i + run; k++) {
                                    histogram.add(elements[k]);
                                }
                            }
                        }));
            }
        }
        var gates = new ArrayList<Gate>();
        var zeros = new LinkedHashMap<String, Double>();
        histograms.forEach((value, histogram) -> {
            zeros.put(value, histogram.zeroShare());
            gates.add(new Gate(value, histogram.quantile(share), readers.getOrDefault(value, List.of())));
        });
        return new Calibrated(gates, zeros, refused);
    }

    /** Returns the values that layers read, each with the nodes that multiply it with a weight. */
    private static Map<String, List<Node>> readers(
            Model model, Collection<Parameter> parameters, Map<String, String> refused) {
        var layers = new LayerInputs(model);
        var shapes = ShapeInference.infer(model);
        var inputs = new HashSet<String>();
        model.graph().inputs().forEach(input -> inputs.add(input.name()));
        var readers = new LinkedHashMap<String, List<Node>>();
        for (var parameter : parameters) {
            for (var use : layers.uses(parameter)) {
                var value = LayerInputs.input(use).value();
                if (inputs.contains(value)) {
                    refused.put(parameter.name(), "its input is the model's");
                } else if (LayerInputs.obstacle(use).isPresent()) {
                    refused.put(parameter.name(), LayerInputs.obstacle(use).get());
                } else if (shapes.type(value).orElse(DType.FLOAT) != DType.FLOAT) {
                    refused.put(parameter.name(), "its input is not float32");
                } else {
                    readers.computeIfAbsent(value, _ -> new ArrayList<>()).add(use.node());
                }
            }
        }
        return readers;
    }

    /** Returns which share of the values behind each gate is zero, by the value's name. */
    public static Map<String, Double> measure(
            Model gated, List<Gate> gates, Samples data, int threads, Progress progress) {
        var observation = new Observation();
        gates.forEach(gate -> observation.all(Watch.of(gate.output(), -1), 0));
        observation.run(gated, data, threads, progress);
        var shares = new LinkedHashMap<String, Double>();
        for (var gate : gates) {
            var zeros = observation.of(Watch.of(gate.output(), -1)).zeroShares();
            shares.put(gate.value(), Arrays.stream(zeros).average().orElse(0));
        }
        return shares;
    }
}
