package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A linear layer of the cut model that reads what has become fewer, and how its weights are stored.
 *
 * @param node MatMul, Gemm, or a Conv or ConvTranspose over one or two axes; {@code data} its operand of activations
 * @param output the value that should be as in the dense model: behind the bias, wherever that is added
 * @param weight float32, used by nodes alone that are fitted together
 * @param bias name of the stored vector that is added; empty when there is none of this layer's own
 * @param groups in how many parts inputs and outputs are multiplied, each for itself
 * @param outputs number of output features of all groups
 */
record Consumer(Node node, int data, String output, Weight weight, Optional<String> bias, int groups, int outputs) {

    /** The most unknowns of a system that is solved: its matrix takes 200 MB. */
    private static final int WIDEST = 5000;

    /** Says of a layer that it can be fitted, or why not. */
    record Suitability(Optional<Consumer> consumer, String obstacle) {

        private static Suitability no(String obstacle) {
            return new Suitability(Optional.empty(), obstacle);
        }
    }

    /**
     * Looks at a node.
     *
     * @param together how many nodes are fitted at once, by the name of their weight
     */
    static Suitability at(Graph graph, WeightResolver resolver, Node node, int data, Map<String, Long> together) {
        boolean convolution = isConvolution(node);
        if (!node.is("MatMul") && !node.is("Gemm") && !convolution) {
            return Suitability.no("no system is set up for the operator " + node.opType());
        }
        if (data != 0) {
            return Suitability.no("its weight is the left operand");
        }
        if (!(resolver.resolve(node.input(1)) instanceof Resolution.Found(var weight))) {
            return Suitability.no("its weight is computed");
        }
        if (weight.source().type() != DType.FLOAT) {
            return Suitability.no("its weight is %s; float32 is fitted"
                    .formatted(weight.source().type()));
        }
        if (weight.size() != weight.source().size()) {
            return Suitability.no("its weight is a part of a larger constant");
        }
        long fitted = together.getOrDefault(weight.name(), 1L);
        if (users(graph, weight.name()) != fitted) {
            return Suitability.no("its weight serves layers before or behind it, too");
        }
        int rank = weight.dims().size();
        if (convolution ? rank > 4 : rank != 2) {
            return Suitability.no("its weight has %d axes".formatted(rank));
        }
        if (node.is("ConvTranspose") && !hasGivenBorders(node)) {
            return Suitability.no("its borders follow from the shape it puts out");
        }
        if (node.is("Gemm") && (node.intAttribute("transA", 0) != 0 || !isPlain(node))) {
            return Suitability.no("it scales or transposes its operands");
        }
        int outputs = Math.toIntExact(outputs(node, weight.dims()));
        if (weight.size() / outputs > WIDEST) {
            return Suitability.no(
                    "it has %,d inputs, and systems are solved up to %,d".formatted(weight.size() / outputs, WIDEST));
        }
        return new Suitability(Optional.of(withBias(graph, node, data, weight, outputs, fitted)), "");
    }

    private static boolean isConvolution(Node node) {
        return node.is("Conv") || node.is("ConvTranspose");
    }

    private static boolean hasGivenBorders(Node node) {
        return node.intsAttribute("output_shape").isEmpty()
                && !node.stringAttribute("auto_pad", "NOTSET").startsWith("SAME");
    }

    private static long outputs(Node node, List<Long> dims) {
        if (node.is("ConvTranspose")) {
            return dims.get(1) * node.intAttribute("group", 1);
        }
        return node.is("Conv") || transposed(node) ? dims.getFirst() : dims.getLast();
    }

    private static boolean isPlain(Node gemm) {
        return gemm.floatAttribute("alpha", 1) == 1 && gemm.floatAttribute("beta", 1) == 1;
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

    private static Consumer withBias(Graph graph, Node node, int data, Weight weight, int outputs, long fitted) {
        var bias = Bias.of(graph, node, fitted).filter(own -> own.length() == outputs);
        int groups = isConvolution(node) ? Math.toIntExact(node.intAttribute("group", 1)) : 1;
        return new Consumer(
                node,
                data,
                bias.map(Bias::output).orElse(node.output(0)),
                weight,
                bias.map(Bias::name),
                groups,
                outputs);
    }

    boolean isConvolution() {
        return isConvolution(node);
    }

    String input() {
        return node.input(data);
    }

    /** Returns the number of weights behind one output, those of its group. */
    int inputs() {
        return Math.toIntExact(weight.size() / outputs);
    }

    /** Returns the axes in space of a convolution's kernel, {@code [height, width]}. */
    int[] kernel() {
        var dims = weight.dims();
        int width = Math.toIntExact(dims.getLast());
        return new int[] {dims.size() == 4 ? Math.toIntExact(dims.get(2)) : 1, width};
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
        int width = kernel()[1];
        int area = kernel()[0] * width;
        int channel = input / area;
        int each = outputs / groups;
        // [M, C/groups, ...] of a Conv, [C, M/groups, ...] of a ConvTranspose
        int first = node.is("Conv") ? output : output / each * (inputs() / area) + channel;
        int second = node.is("Conv") ? channel : output % each;
        return Math.toIntExact(weight.offset()
                + first * strides.get(0)
                + second * strides.get(1)
                + (dims.size() == 4 ? input % area / width * strides.get(2) : 0)
                + input % width * strides.getLast());
    }
}
