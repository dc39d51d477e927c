package dev.coppice.pipeline.inspect;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.gather.WeightFolding;
import dev.coppice.pipeline.measure.Cost;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.measure.CustomaryShapes;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.Selection;
import dev.coppice.prune.depth.Branches;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.quantize.QuantizedWeights;
import dev.coppice.prune.quantize.ZeroPattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tells what a model consists of and what can be pruned.
 *
 * @param cost of one run; empty when the model's sizes are open and not customary
 * @param noCost why it is empty
 * @param groups what structured pruning removes as one, and what blocks it
 * @param branches what the granularity {@code layer} drops, and what looks like it and cannot go
 */
public record Inspection(
        Path file,
        Model model,
        Weights weights,
        Optional<Cost> cost,
        String noCost,
        List<Group> groups,
        Branches branches) {

    /**
     * All weights.
     *
     * @param prunable what {@code prune} works on, with the zeros that it has already
     * @param blocked what it cannot work on, with the reason
     * @param quantized weights that are integers already
     */
    public record Weights(
            WeightCounts.Totals totals, List<Weight> prunable, List<Blocked> blocked, List<Quantized> quantized) {}

    /**
     * One prunable weight.
     *
     * @param zeros how many of its elements are zero
     * @param macs multiply-accumulates of the first node that uses it; empty when they are not known
     */
    public record Weight(Parameter parameter, long zeros, OptionalLong macs) {}

    /**
     * One weight in integers.
     *
     * @param zeros how many of its elements stand for zero
     * @param pattern N:M of the zeros along the reduction axis; empty for none
     */
    public record Quantized(
            String name, String node, String op, List<Long> shape, int bits, long size, long zeros, String pattern) {}

    private static Quantized quantized(QuantizedWeights.Stored stored, WeightCounts counts) {
        return new Quantized(
                stored.weight().name(),
                stored.node().label(),
                stored.node().opType(),
                stored.weight().dims(),
                stored.bits(),
                stored.source().size(),
                stored.source().size() - counts.nonZeros(stored.source()),
                ZeroPattern.of(stored));
    }

    /** Reads a model and looks it over at customary input sizes, as {@link #of(Path, Map)} does. */
    public static Inspection of(Path file) {
        return of(file, Map.of());
    }

    /**
     * Reads a model and looks it over.
     *
     * @param shapes input sizes by name; what is left open gets a customary size
     * @throws BadModelException when the model cannot be used
     * @throws UsageException when it has no input of such a name
     */
    public static Inspection of(Path file, Map<String, List<Long>> shapes) {
        var found = WeightFolding.find(OnnxReader.read(file), Selection.ALL);
        var structure = WeightFolding.fold(found.model());
        CustomaryShapes.requireInputs(ModelInputs.of(found.model()), shapes);
        var counts = new WeightCounts(Parallel.ofProcessors());
        var totals = counts.of(found.model());
        Optional<Cost> cost = Optional.empty();
        var noCost = "";
        try {
            cost = Optional.of(CostAccount.customary(structure, shapes, counts));
        } catch (UsageException | BadModelException e) {
            // The sizes of the inputs are open, or contradict each other; the rest still holds.
            noCost = e.getMessage() + " (" + e.hint() + ")";
        }
        var macs = macsByNode(cost);
        var weights = new ArrayList<Weight>();
        for (var parameter : found.parameters().prunable()) {
            var source = parameter.source();
            weights.add(new Weight(
                    parameter,
                    source.size() - counts.nonZeros(source),
                    macs.getOrDefault(parameter.node(), OptionalLong.empty())));
        }
        var quantized = QuantizedWeights.of(found.model().graph()).weights().stream()
                .map(stored -> quantized(stored, counts))
                .toList();
        return new Inspection(
                file,
                found.model(),
                new Weights(totals, weights, found.parameters().blocked(), quantized),
                cost,
                noCost,
                Groups.of(structure).list(),
                Branches.of(structure));
    }

    private static Map<String, OptionalLong> macsByNode(Optional<Cost> cost) {
        var macs = new HashMap<String, OptionalLong>();
        cost.ifPresent(c -> c.nodes().forEach(node -> macs.put(node.node(), node.macs())));
        return macs;
    }

    /** Returns the inputs without the initializers that models of IR version 3 list among them. */
    public List<ValueInfo> runtimeInputs() {
        return model.graph().fedInputs();
    }
}
