package dev.coppice.ir.rules;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Gives every convolution whose BatchNormalization was folded away a factor for each output channel, to be learnt with a penalty, and
 * multiplies it back into weight and bias afterwards (network slimming, Liu et al. 2017, section 3: the factors of BatchNormalization).
 *
 * <p>{@code Conv(x, w, b) = y} becomes {@code y = Mul(Conv(x, w, b), s)} with {@code s} of ones, [1,C,1,...]; and
 * {@code Mul(Conv(x, w, b), s)} becomes {@code Conv(x, s w, s b)}.
 */
public final class ChannelScales {

    /** What the names of inserted factors end with. */
    public static final String SUFFIX = ".coppice-scale";

    private ChannelScales() {}

    /** Returns the graph with factors of one behind each Conv of stored float32 weights that no BatchNormalization follows. */
    public static Graph insert(Graph graph) {
        var readers = graph.readers();
        var resolver = WeightResolver.of(graph);
        return GraphEditor.edit(graph, editor -> {
            for (var node : graph.nodes()) {
                boolean normalised = readers.getOrDefault(node.output(0), List.of()).stream()
                        .anyMatch(reader -> reader.is("BatchNormalization"));
                boolean stored = node.input(2).isEmpty()
                        || resolved(resolver, node.input(2)).isPresent();
                if (node.is("Conv") && !normalised && stored) {
                    resolved(resolver, node.input(1)).ifPresent(weight -> insert(editor, node, weight));
                }
            }
        });
    }

    /** Returns the names of the constants that scale channels: those of BatchNormalization, and {@linkplain #insert inserted} ones. */
    public static Set<String> names(Graph graph) {
        var names = new HashSet<String>();
        for (var node : graph.nodes()) {
            if (node.is("BatchNormalization") || isInserted(node)) {
                names.add(node.input(1));
            }
        }
        return names;
    }

    /** Says whether a node multiplies by inserted factors. */
    public static boolean isInserted(Node node) {
        return node.is("Mul") && node.input(1).endsWith(SUFFIX);
    }

    private static void insert(GraphEditor editor, Node conv, Weight weight) {
        var output = conv.output(0);
        var scale = output + SUFFIX;
        var unscaled = output + ".unscaled";
        var dims = new ArrayList<Long>(List.of(1L, weight.dims().getFirst()));
        while (dims.size() < weight.dims().size()) {
            dims.add(1L);
        }
        var ones = new float[Math.toIntExact(weight.dims().getFirst())];
        Arrays.fill(ones, 1);
        editor.put(tensor(scale, dims, ones));
        editor.replace(
                conv,
                conv.withOutputs(List.of(unscaled)),
                Node.of(conv.label() + SUFFIX, "Mul", List.of(unscaled, scale), List.of(output)));
    }

    /** Returns the graph without the factors that {@link #insert} added; it computes the same, to rounding. */
    public static Graph fold(Graph graph) {
        var factors = new HashMap<String, Tensor>();
        graph.initializers().forEach(tensor -> factors.put(tensor.name(), tensor));
        var scaled = new HashMap<String, Node>();
        for (var node : graph.nodes()) {
            if (isInserted(node) && factors.containsKey(node.input(1))) {
                scaled.put(node.input(0), node);
            }
        }
        var resolver = WeightResolver.of(graph);
        return GraphEditor.edit(graph, editor -> {
            for (var conv : graph.nodes()) {
                var mul = scaled.get(conv.output(0));
                if (conv.is("Conv") && mul != null) {
                    var factor = Objects.requireNonNull(factors.get(mul.input(1)));
                    resolved(resolver, conv.input(1))
                            .ifPresent(weight -> fold(editor, conv, mul, weight, factor, graph));
                }
            }
        });
    }

    private static void fold(GraphEditor editor, Node conv, Node mul, Weight weight, Tensor factors, Graph graph) {
        var scales = floats(factors);
        var output = mul.output(0);
        var inputs = new ArrayList<>(conv.inputs());
        inputs.set(
                1,
                put(
                        editor,
                        graph,
                        inputs.get(1),
                        output + ".weight",
                        weight.dims(),
                        multiplied(weight.source(), scales)));
        if (!conv.input(2).isEmpty()) {
            var bias = resolved(WeightResolver.of(graph), conv.input(2))
                    .orElseThrow(() -> new BadModelException(
                            "the bias of " + conv.label() + " is not stored", "its scale cannot be folded into it"));
            inputs.set(
                    2,
                    put(
                            editor,
                            graph,
                            inputs.get(2),
                            output + ".bias",
                            bias.dims(),
                            multiplied(bias.source(), scales)));
        }
        editor.remove(mul);
        editor.replace(conv, conv.withInputs(inputs).withOutputs(List.of(output)));
    }

    /** Keeps the name of a constant that only this node reads; another gets a new one. */
    private static String put(
            GraphEditor editor, Graph graph, String name, String otherwise, List<Long> dims, float[] values) {
        long readers = graph.nodes().stream()
                .mapToLong(node -> node.inputs().stream().filter(name::equals).count())
                .sum();
        boolean own = readers == 1
                && graph.initializers().stream()
                        .anyMatch(tensor -> tensor.name().equals(name));
        var kept = own ? name : otherwise;
        editor.put(tensor(kept, dims, values));
        return kept;
    }

    /** Multiplies each of the first axis's parts by its factor. */
    private static float[] multiplied(Tensor tensor, float[] scales) {
        var values = floats(tensor);
        int each = values.length / scales.length;
        for (int i = 0; i < values.length; i++) {
            values[i] *= scales[i / each];
        }
        return values;
    }

    private static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    private static Tensor tensor(String name, List<Long> dims, float[] values) {
        var bytes = Arena.ofAuto().allocate(Math.max(4, 4L * values.length), 8).asSlice(0, 4L * values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return Tensor.of(name, DType.FLOAT, dims, new TensorData.Bytes(bytes));
    }

    /** Returns a float32 constant that is stored just as the node reads it. */
    private static Optional<Weight> resolved(WeightResolver resolver, String name) {
        return resolver.resolve(name) instanceof Resolution.Found(var weight)
                        && weight.source().type() == DType.FLOAT
                        && weight.source().dims().equals(weight.dims())
                ? Optional.of(weight)
                : Optional.empty();
    }
}
