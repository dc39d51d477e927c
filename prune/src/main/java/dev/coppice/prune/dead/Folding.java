package dev.coppice.prune.dead;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.layer.WeightOperator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Takes constant channels out of the products that read them: {@code sum_j W[i,j] x[j] + b[i]} with {@code x[k] = c} for every input
 * becomes {@code sum_{j != k} W[i,j] x[j] + (b[i] + c W[i,k])}, with zeros at {@code W[i,k]}. Where zeros pad the data at the border
 * only {@code c = 0} can go.
 */
final class Folding {

    private final Model model;
    private final Stored stored;
    private final ConstantChannels constants;
    private final Map<String, Product> products = new LinkedHashMap<>();

    /** A node's products, by the name of its output, and what of them reads constants. */
    private record Product(StoredLayer linear, Channels data, BitSet channels) {}

    Folding(Model model, Stored stored) {
        this.model = model;
        this.stored = stored;
        this.constants = new ConstantChannels(model, stored);
        for (var node : model.graph().nodes()) {
            Malformed.guard(
                    node, "what is constant of it", () -> constants.linear(node).ifPresent(this::find));
        }
    }

    private void find(StoredLayer linear) {
        var data = constants.read(linear);
        // What others use too cannot be changed for this one alone.
        if (data == null || stored.uses(linear.node().input(1)) != 1) {
            return;
        }
        boolean anything = canAdd(linear);
        var channels = new BitSet();
        linear.forEach((_, _, input, _) -> {
            double value = data.values()[input];
            if (value == 0 || (anything && !Double.isNaN(value))) {
                channels.set(input);
            }
        });
        if (!channels.isEmpty()) {
            products.put(linear.node().output(0), new Product(linear, data, channels));
        }
    }

    /** Says whether a float32 vector can be added to the products. */
    private boolean canAdd(StoredLayer linear) {
        if (linear.weight().type() != DType.FLOAT) {
            return false;
        }
        var bias = linear.bias();
        if (bias.isEmpty()) {
            return true;
        }
        var tensor = stored.get(bias);
        return tensor != null
                && tensor.type() == DType.FLOAT
                && (tensor.size() == 1 || ConstantChannels.isRow(tensor, linear.outputs()));
    }

    boolean isEmpty() {
        return products.isEmpty();
    }

    /** Returns for each node, by its output, the channels that can be taken out of its products. */
    Map<String, BitSet> channels() {
        var channels = new HashMap<String, BitSet>();
        products.forEach((output, product) -> channels.put(output, product.channels()));
        return channels;
    }

    /** Returns for each node the channels that are always zero. */
    Map<String, BitSet> zeros() {
        var zeros = new HashMap<String, BitSet>();
        products.forEach((output, product) -> {
            var own = new BitSet();
            product.channels().stream()
                    .filter(i -> product.data().values()[i] == 0)
                    .forEach(own::set);
            if (!own.isEmpty()) {
                zeros.put(output, own);
            }
        });
        return zeros;
    }

    /** Returns the model with zeros where the nodes read these channels, and nothing in their place. */
    Model masked(Map<String, BitSet> channels) {
        var masked = new HashMap<String, Tensor>();
        channels.forEach((output, own) -> {
            var linear = Objects.requireNonNull(products.get(output)).linear();
            masked.put(linear.node().input(1), masked(linear, own));
        });
        return model.withGraph(replaced(masked, Map.of()));
    }

    /** Returns the model with these channels taken out of the products of the nodes. */
    Model folded(Map<String, BitSet> channels) {
        var changed = new HashMap<String, Tensor>();
        var added = new HashMap<String, Tensor>();
        channels.forEach((output, own) -> {
            var product = Objects.requireNonNull(products.get(output));
            var linear = product.linear();
            changed.put(linear.node().input(1), masked(linear, own));
            var sums = new double[linear.outputs()];
            linear.forEach((_, out, input, weight) ->
                    sums[out] += own.get(input) ? weight * product.data().values()[input] : 0);
            if (Arrays.stream(sums).anyMatch(sum -> sum != 0)) {
                add(linear, sums, changed, added);
            }
        });
        return model.withGraph(replaced(changed, added));
    }

    private static Tensor masked(StoredLayer linear, BitSet channels) {
        var mask = new Mask(linear.weight().size());
        linear.forEach((element, _, input, _) -> {
            if (channels.get(input)) {
                mask.prune(element);
            }
        });
        return linear.weight().masked(mask);
    }

    /** Adds to a bias that is stored for this node alone, or leaves a new one for the node in {@code added}. */
    private void add(StoredLayer linear, double[] sums, Map<String, Tensor> changed, Map<String, Tensor> added) {
        var bias = linear.layer().operator().bias() < 0 ? following(linear) : linear.bias();
        var tensor = bias.isEmpty() ? null : stored.get(bias);
        if (tensor != null) {
            var values = Stored.values(tensor);
            Arrays.setAll(sums, i -> sums[i] + values[values.length == 1 ? 0 : i]);
        }
        var vector = ElementwiseConstants.vector(sums);
        if (tensor != null && stored.uses(bias) == 1 && tensor.size() == sums.length) {
            changed.put(bias, new Tensor(bias, tensor.type(), tensor.dims(), vector.data(), tensor.carried()));
        } else {
            added.put(linear.node().output(0), vector);
        }
    }

    /** Returns the vector that the only user of a product adds to it; empty when there is none. */
    private String following(StoredLayer linear) {
        var output = linear.node().output(0);
        if (stored.uses(output) != 1) {
            return "";
        }
        for (var node : model.graph().nodes()) {
            if (node.is("Add") && node.inputs().contains(output)) {
                var other = node.input(node.input(0).equals(output) ? 1 : 0);
                var tensor = stored.get(other);
                boolean fits = tensor != null
                        && tensor.type() == DType.FLOAT
                        && stored.uses(other) == 1
                        && tensor.dims().size() == 1
                        && tensor.size() == linear.outputs();
                return fits ? other : "";
            }
        }
        return "";
    }

    private Graph replaced(Map<String, Tensor> changed, Map<String, Tensor> added) {
        var graph = model.graph();
        var names = names(graph);
        boolean asNodes = graph.initializers().isEmpty() || model.irVersion() < 4;
        return GraphEditor.edit(graph, editor -> {
            for (var tensor : graph.initializers()) {
                var other = changed.get(tensor.name());
                if (other != null) {
                    editor.put(other);
                }
            }
            for (var node : graph.nodes()) {
                var other = changed.get(node.output(0));
                if (node.is("Constant") && other != null) {
                    editor.replace(node, node.withAttribute(Attribute.of("value", other.withName(""))));
                }
                var vector = added.get(node.output(0));
                if (vector != null) {
                    var name = fresh(node.output(0) + ".bias", names);
                    var nodes = withBias(node, name, names);
                    if (asNodes) {
                        nodes.addFirst(
                                Node.of("", "Constant", List.of(), List.of(name), Attribute.of("value", vector)));
                    } else {
                        editor.put(vector.withName(name));
                    }
                    editor.replace(node, nodes.toArray(Node[]::new));
                }
            }
        });
    }

    /** Returns a node that adds a vector, or the node and one that does. */
    private static List<Node> withBias(Node node, String bias, Set<String> names) {
        var nodes = new ArrayList<Node>();
        if (!WeightOperator.MAT_MUL.is(node)) {
            nodes.add(node.withInputs(List.of(node.input(0), node.input(1), bias)));
            return nodes;
        }
        var product = fresh(node.output(0) + ".product", names);
        nodes.add(node.withOutputs(List.of(product)));
        nodes.add(Node.of(bias, "Add", List.of(product, bias), node.outputs()));
        return nodes;
    }

    private static Set<String> names(Graph graph) {
        var names = new HashSet<String>();
        graph.inputs().forEach(input -> names.add(input.name()));
        graph.initializers().forEach(tensor -> names.add(tensor.name()));
        for (var node : graph.nodes()) {
            names.addAll(node.outputs());
            node.bodies().forEach(body -> names.addAll(names(body)));
        }
        return names;
    }

    private static String fresh(String name, Set<String> names) {
        var unused = name;
        for (int i = 2; !names.add(unused); i++) {
            unused = name + "." + i;
        }
        return unused;
    }
}
