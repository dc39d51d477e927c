package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.evidence.ActivationSparsity;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.activation.ActivationGates;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Prunes activations: writes thresholds into the graph, calibrated on a recipe's data, and measures them on other data. */
public final class ActivationCut {

    /**
     * What became of one value.
     *
     * @param calibrated the share of zeros aimed at, or before, where more were zero already
     * @param measured the share of zeros on the data that it was judged on
     */
    record Layer(String value, double threshold, double before, double calibrated, double measured) {}

    /**
     * What became of all.
     *
     * @param heldOut whether it was judged on data that was not calibrated on
     */
    public record Result(List<Layer> layers, boolean heldOut) {

        public double before() {
            return layers.stream().mapToDouble(Layer::before).average().orElse(0);
        }

        public double measured() {
            return layers.stream().mapToDouble(Layer::measured).average().orElse(0);
        }

        public String what(double share) {
            return String.format(
                    Locale.ROOT,
                    "inputs of %d layers thinned out: %.2f %% zeros aimed at, %.2f %% measured on %s data",
                    layers.size(),
                    100 * share,
                    100 * measured(),
                    heldOut ? "held-out" : "the calibration");
        }

        /** Returns the thresholds as plain values. */
        public Map<String, Object> describe() {
            var list = new ArrayList<Map<String, Object>>();
            for (var layer : layers) {
                var map = new LinkedHashMap<String, Object>();
                map.put("value", layer.value());
                map.put("threshold", layer.threshold());
                map.put("zeros-before", layer.before());
                map.put("zeros-calibrated", layer.calibrated());
                map.put("zeros-measured", layer.measured());
                list.add(map);
            }
            var document = new LinkedHashMap<String, Object>();
            document.put("held-out", heldOut);
            document.put("activations", list);
            return document;
        }
    }

    private ActivationCut() {}

    static Pruned run(Model read, Recipe recipe, Recipe.Activations cut, Progress progress) {
        var found = WeightFolding.find(read, cut.selection());
        var model = found.model();
        var data = recipe.data().orElseThrow();
        var calibrated = ActivationSparsity.calibrate(
                model,
                found.parameters().prunable(),
                cut.share(),
                data.samples(model, recipe.calibrate()),
                recipe.threads(),
                progress);
        var gates =
                calibrated.gates().stream().filter(gate -> gate.threshold() > 0).toList();
        var gated = ActivationGates.insert(model, gates);
        boolean heldOut = recipe.testData().isPresent()
                || (data.spec().hasSplits() && data.options().split().isEmpty());
        var judge = recipe.testData().orElse(data);
        var options =
                heldOut && judge.options().split().isEmpty() && judge.spec().hasSplits()
                        ? judge.options().withSplit(Split.TEST)
                        : judge.options();
        var measured = ActivationSparsity.measure(
                gated,
                gates,
                new Recipe.Data(judge.spec(), options).samples(model, recipe.calibrate()),
                recipe.threads(),
                progress);
        var layers = new ArrayList<Layer>();
        for (var gate : calibrated.gates()) {
            double before = calibrated.zeros().getOrDefault(gate.value(), 0.0);
            layers.add(new Layer(
                    gate.value(),
                    gate.threshold(),
                    before,
                    Math.max(before, cut.share()),
                    measured.getOrDefault(gate.value(), before)));
        }
        var blocked = new ArrayList<>(found.parameters().blocked());
        for (var parameter : found.parameters().prunable()) {
            var reason = calibrated.refused().get(parameter.name());
            if (reason != null) {
                blocked.add(
                        new Blocked(parameter.name(), parameter.node(), parameter.op(), reason, parameter.aliases()));
            }
        }
        return Pruned.ofActivations(model, gated, new Result(layers, heldOut), blocked);
    }

    /** Says whether no value got a threshold. */
    static boolean isEmpty(Result result) {
        return result.layers().stream().allMatch(layer -> layer.threshold() == 0);
    }
}
