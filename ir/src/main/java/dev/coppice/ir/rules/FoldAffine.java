package dev.coppice.ir.rules;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Multiplies what follows a Conv, ConvTranspose or Gemm channel by channel into its weight and bias: a BatchNormalization (Jacob et al.
 * 2018, section 3.2), or Mul, Add, Sub and Div with constants, and chains of these.
 *
 * <p>{@code s (W x + b) + t = (s W) x + (s b + t)}, in float64, rounded once. Only float32 weights; only where nothing else reads what
 * lies between. New constants are initializers that are no graph inputs: for IR version 4 or later.
 */
public final class FoldAffine {

    private final WeightResolver resolver;
    private final UseCounts uses;
    private final Map<String, Node> readers = new HashMap<>();
    private final Map<String, Node> constantNodes = new HashMap<>();
    private final FreshNames names;

    /** A linear operator with its constants as it reads them; the bias is empty where there is none. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Linear(Node node, Weight weight, int channels, float[] bias) {

        /** Returns the channel of each weight, in the weight's row-major order. */
        int channel(int element) {
            var dims = weight.dims();
            int inner = 1;
            for (int axis = node.is("Gemm") ? 1 : 2; axis < dims.size(); axis++) {
                inner *= Math.toIntExact(dims.get(axis));
            }
            if (node.is("ConvTranspose")) { // [inC, outC/groups, ...]
                int each = Math.toIntExact(dims.get(1));
                int group = element / inner / each / Math.toIntExact(dims.getFirst() / groups());
                return group * each + element / inner % each;
            }
            if (node.is("Gemm") && node.intAttribute("transB", 0) == 0) { // [K, N]
                return element % channels;
            }
            return element / Math.toIntExact(weight.size() / channels);
        }

        private long groups() {
            return node.intAttribute("group", 1);
        }
    }

    private FoldAffine(Graph graph) {
        this.resolver = WeightResolver.of(graph);
        this.uses = new UseCounts(graph);
        this.names = FreshNames.ofValues(graph);
        for (var node : graph.nodes()) {
            node.inputs().forEach(input -> readers.put(input, node));
            if (node.is("Constant")) {
                constantNodes.put(node.output(0), node);
            }
        }
    }

    public static Graph fold(Graph graph) {
        var rule = new FoldAffine(graph);
        return DropUnused.apply(GraphEditor.edit(
                graph,
                editor -> graph.nodes().forEach(node -> rule.linear(node).ifPresent(l -> rule.fold(l, editor)))));
    }

    private void fold(Linear linear, GraphEditor editor) {
        int rank = linear.weight().dims().size();
        var all = ChannelAffine.identity(linear.channels());
        var chain = new ArrayList<Node>();
        var output = linear.node().output(0);
        for (var next = readers.get(output);
                next != null
                        && uses.onlyUser(output, next)
                        && next.inputs().stream().filter(output::equals).count() == 1;
                next = readers.get(output)) {
            var affine = ChannelAffine.of(next, output, rank, linear.channels(), resolver);
            if (affine.isEmpty()) {
                break;
            }
            all = all.then(affine.get());
            chain.add(next);
            output = next.output(0);
        }
        if (!chain.isEmpty()) {
            chain.forEach(editor::remove);
            editor.replace(linear.node(), folded(linear, all, output, editor));
        }
    }

    private Node folded(Linear linear, ChannelAffine affine, String output, GraphEditor editor) {
        var node = linear.node();
        var weight = linear.weight().floats();
        for (int i = 0; i < weight.length; i++) {
            weight[i] = (float) (weight[i] * affine.scale()[linear.channel(i)]);
        }
        var bias = new float[linear.channels()];
        for (int c = 0; c < bias.length; c++) {
            double before = linear.bias().length == 0 ? 0 : linear.bias()[c];
            bias[c] = (float) (before * affine.scale()[c] + affine.shift()[c]);
        }
        var inputs = new ArrayList<>(List.of(node.input(0)));
        inputs.add(put(
                editor, node, node.input(1), output + ".weight", linear.weight().dims(), weight));
        inputs.add(put(editor, node, node.input(2), output + ".bias", List.of((long) bias.length), bias));
        return node.withInputs(inputs).withOutputs(List.of(output));
    }

    /** Keeps the name of a constant of the same shape that only this node reads. */
    private String put(GraphEditor editor, Node node, String name, String otherwise, List<Long> dims, float[] values) {
        boolean own = !name.isEmpty()
                && uses.onlyUser(name, node)
                && resolver.resolve(name) instanceof Resolution.Found(var weight)
                && weight.name().equals(name)
                && weight.dims().equals(dims);
        var constant = constantNodes.get(name);
        if (own && constant != null) {
            editor.remove(constant);
        }
        var kept = own ? name : names.of(otherwise);
        editor.put(Tensors.ofFloats(dims, values).withName(kept));
        return kept;
    }

    private Optional<Linear> linear(Node node) {
        boolean linear = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm");
        if (!linear
                || !(resolver.resolve(node.input(1)) instanceof Resolution.Found(var weight))
                || weight.source().type() != DType.FLOAT
                || (node.is("Gemm") && node.floatAttribute("beta", 1) != 1)) {
            return Optional.empty();
        }
        var dims = weight.dims();
        int rank = dims.size();
        boolean usual = node.is("Gemm") ? rank == 2 : rank > 2;
        if (!usual || weight.size() == 0 || weight.size() > Integer.MAX_VALUE) {
            return Optional.empty();
        }
        long channels = switch (node.opType()) {
            case "Conv" -> dims.getFirst();
            case "ConvTranspose" -> dims.get(1) * node.intAttribute("group", 1);
            default -> dims.get(node.intAttribute("transB", 0) == 0 ? 1 : 0);
        };
        return bias(node, channels).map(bias -> new Linear(node, weight, Math.toIntExact(channels), bias));
    }

    private Optional<float[]> bias(Node node, long channels) {
        return node.input(2).isEmpty()
                ? Optional.of(new float[0])
                : ChannelAffine.constant(node.input(2), List.of(channels), resolver);
    }
}
