package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.util.List;
import java.util.Optional;

/**
 * A linear layer of the cut model that reads what has become fewer, and how its weights are stored.
 *
 * @param node MatMul, Gemm or an ungrouped 2-D Conv; {@code data} its operand of activations
 * @param output the value that should be as in the dense model: behind the bias, wherever that is added
 * @param weight float32, used by this node alone
 * @param bias name of the stored vector that is added; empty when there is none of this layer's own
 * @param outputs number of output features
 */
record Consumer(Node node, int data, String output, Weight weight, Optional<String> bias, int outputs) {

    /** The most unknowns of a system that is solved; wider layers get their bias corrected only. */
    private static final int WIDEST = 5000;

    /** Looks at a node; empty when its weights cannot be fitted or stored. */
    static Optional<Consumer> of(Graph graph, WeightResolver resolver, Node node, int data) {
        if (!node.is("MatMul") && !node.is("Gemm") && !isPlainConv(node)) {
            return Optional.empty();
        }
        int operand = 1 - data;
        if (!(resolver.resolve(node.input(operand)) instanceof Resolution.Found(var weight))
                || weight.source().type() != DType.FLOAT
                || weight.size() != weight.source().size()
                || users(graph, weight.name()) > 1
                || operand != 1) {
            return Optional.empty();
        }
        boolean matrix =
                node.is("Conv") ? weight.dims().size() == 4 : weight.dims().size() == 2;
        boolean plain = !node.is("Gemm")
                || (node.intAttribute("transA", 0) == 0
                        && node.floatAttribute("alpha", 1) == 1
                        && node.floatAttribute("beta", 1) == 1);
        int outputs = Math.toIntExact(
                node.is("Conv") || transposed(node)
                        ? weight.dims().getFirst()
                        : weight.dims().getLast());
        if (!matrix || !plain || weight.size() / outputs > WIDEST) {
            return Optional.empty();
        }
        return Optional.of(withBias(graph, node, data, weight, outputs));
    }

    private static boolean isPlainConv(Node node) {
        return node.is("Conv")
                && node.intAttribute("group", 1) == 1
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")
                && node.intsAttribute("dilations").orElse(List.of()).stream().allMatch(d -> d == 1);
    }

    private static boolean transposed(Node node) {
        return node.is("Gemm") && node.intAttribute("transB", 0) != 0;
    }

    /** How often a stored constant is read. */
    private static long users(Graph graph, String name) {
        return graph.nodes().stream()
                .flatMap(node -> node.inputs().stream())
                .filter(name::equals)
                .count();
    }

    private static Consumer withBias(Graph graph, Node node, int data, Weight weight, int outputs) {
        if (!node.is("MatMul")) {
            var own = vector(graph, node.input(2), outputs);
            return new Consumer(node, data, node.output(0), weight, own, outputs);
        }
        var readers = graph.nodes().stream()
                .filter(other -> other.inputs().contains(node.output(0)))
                .toList();
        if (readers.size() == 1 && readers.getFirst().is("Add")) {
            var add = readers.getFirst();
            var other = add.input(0).equals(node.output(0)) ? add.input(1) : add.input(0);
            var bias = vector(graph, other, outputs);
            if (bias.isPresent()) {
                return new Consumer(node, data, add.output(0), weight, bias, outputs);
            }
        }
        return new Consumer(node, data, node.output(0), weight, Optional.empty(), outputs);
    }

    /** Returns the name of a stored float32 vector of this length that only one node reads. */
    private static Optional<String> vector(Graph graph, String name, int length) {
        return stored(graph, name)
                .filter(tensor -> tensor.type() == DType.FLOAT && tensor.size() == length && users(graph, name) == 1)
                .map(_ -> name);
    }

    static Optional<Tensor> stored(Graph graph, String name) {
        for (var tensor : graph.initializers()) {
            if (tensor.name().equals(name)) {
                return Optional.of(tensor);
            }
        }
        return graph.nodes().stream()
                .filter(node -> node.is("Constant") && node.output(0).equals(name))
                .findFirst()
                .flatMap(node -> node.attribute("value"))
                .filter(Attribute.TensorValue.class::isInstance)
                .map(value -> ((Attribute.TensorValue) value).tensor());
    }

    String input() {
        return node.input(data);
    }

    /** Returns the number of weights behind one output. */
    int inputs() {
        return Math.toIntExact(weight.size() / outputs);
    }

    /** Returns where weight {@code input}, {@code output} is in the stored tensor. */
    int place(int input, int output) {
        var dims = weight.dims();
        var strides = weight.strides();
        if (dims.size() == 2) {
            int rows = transposed(node) ? output : input;
            int columns = transposed(node) ? input : output;
            return Math.toIntExact(weight.offset() + rows * strides.get(0) + columns * strides.get(1));
        }
        int kernel = Math.toIntExact(dims.get(2) * dims.get(3));
        int width = Math.toIntExact(dims.get(3));
        return Math.toIntExact(weight.offset()
                + output * strides.get(0)
                + input / kernel * strides.get(1)
                + input % kernel / width * strides.get(2)
                + input % width * strides.get(3));
    }
}
