package dev.coppice.prune.quantize;

import dev.coppice.ir.Model;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.rules.DropIdentity;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.rules.FoldAffine;
import dev.coppice.ir.rules.FoldConstants;
import dev.coppice.ir.rules.FoldPad;
import dev.coppice.ir.rules.RaiseOpset;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Static int8 (Jacob et al. 2018): Conv, Gemm and MatMul on uint8 activations, whose ranges are known beforehand, and int8 weights, one scale a
 * channel; biases in int32; Relu and Clip by saturation; Add, Mul, Concat, pools and data movement between them on uint8 too. Written with
 * QuantizeLinear and DequantizeLinear, which ONNX Runtime turns into its integer kernels.
 *
 * <pre>{@code
 * var static8 = StaticInt8.of(model, new StaticInt8.Request(Selection.ALL, Int8Range.FULL));
 * var ranges = ...; // of static8.observed() in static8.prepared(), from data
 * var quantization = static8.with(ranges).quantize(Map.of());
 * }</pre>
 */
public final class StaticInt8 {

    /** The first in which DequantizeLinear has a scale for each channel. */
    private static final int OPSET = 13;

    private final Model original;
    private final Model prepared;
    private final Request request;
    private final String obstacle;

    /**
     * What to quantize, and how finely.
     *
     * @param selection by globs over the names of nodes and weights of the {@linkplain #prepared prepared} model
     */
    public record Request(Selection selection, Int8Range range) {}

    private StaticInt8(Model original, RaiseOpset.Result raised, Request request) {
        this.original = original;
        this.prepared = raised.model().map(StaticInt8::folded).orElse(original);
        this.request = request;
        this.obstacle = raised.obstacle();
    }

    /** Prepares a model; one whose operator set is older than 13 and cannot be raised will stay in float. */
    public static StaticInt8 of(Model model, Request request) {
        return new StaticInt8(model, RaiseOpset.to(model, OPSET), request);
    }

    private static Model folded(Model model) {
        var resolver = WeightResolver.of(model.graph());
        var foldable = new HashSet<String>();
        for (var node : model.graph().nodes()) {
            for (var input : node.inputs()) {
                if (resolver.resolve(input) instanceof Resolution.Foldable(var value)) {
                    foldable.add(value);
                }
            }
        }
        var graph = DropIdentity.apply(FoldConstants.fold(model.graph(), foldable));
        return model.withGraph(FoldPad.fold(model.withGraph(FoldAffine.fold(graph))));
    }

    /**
     * Returns a model that computes the same in operator set 13 or later, with BatchNormalization, channel-wise arithmetic and padding folded
     * into the layers before or behind them. Ranges are to be measured on this one.
     */
    public Model prepared() {
        return prepared;
    }

    /** Returns the values of the prepared model whose ranges may be needed, whatever stays in float. */
    public List<String> observed() {
        return obstacle.isEmpty()
                ? StaticPlan.of(prepared, Selection.ALL, Set.of(), Map.of()).observed()
                : List.of();
    }

    /**
     * Returns what quantizes the model.
     *
     * @param ranges of the {@linkplain #observed observed} values; what has none stays in float
     */
    public Quantizer with(Map<String, ActivationRange> ranges) {
        var blocked = new HashSet<>(observed());
        blocked.removeAll(ranges.keySet());
        return left -> quantize(ranges, blocked, left);
    }

    private Quantization quantize(Map<String, ActivationRange> ranges, Set<String> blocked, Map<String, String> left) {
        var reasons = obstacle.isEmpty() ? left : everywhere(obstacle);
        var plan = StaticPlan.of(prepared, request.selection(), blocked, reasons);
        if (plan.layers().isEmpty()) {
            return new Quantization(original, List.of(), plan.inFloat());
        }
        var layers = new ArrayList<QuantizedLayer>();
        var graph = GraphEditor.edit(
                prepared.graph(),
                editor -> layers.addAll(new QdqWriter(plan, ranges, request.range(), editor).write()));
        return new Quantization(prepared.withGraph(DropUnused.apply(graph)), layers, plan.inFloat());
    }

    private Map<String, String> everywhere(String reason) {
        var reasons = new HashMap<String, String>();
        prepared.graph().nodes().forEach(node -> reasons.put(node.output(0), reason));
        return reasons;
    }
}
