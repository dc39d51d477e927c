package dev.coppice.pipeline.evidence;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.layer.WeightMatrix;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.Map;
import java.util.Optional;

/**
 * A linear layer of the cut model that reads what has become fewer: a MatMul, Gemm, or a Conv or ConvTranspose over one or two axes, whose
 * weight is float32 and used by nodes alone that are fitted together.
 *
 * @param output the value that should be as in the dense model: behind the bias, wherever that is added
 * @param bias name of the stored vector that is added; empty when there is none of this layer's own
 */
record Consumer(LinearLayer layer, WeightMatrix matrix, String output, Optional<String> bias) {

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
        var operator = WeightOperator.of(node);
        if (operator == null || operator.isRecurrent()) {
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
        if (reads(graph, weight.name()) != fitted) {
            return Suitability.no("its weight serves layers before or behind it, too");
        }
        int rank = weight.dims().size();
        if (operator.isConvolution() ? rank > 4 : rank != 2) {
            return Suitability.no("its weight has %d axes".formatted(rank));
        }
        if (operator == WeightOperator.CONV_TRANSPOSE && !hasGivenBorders(node)) {
            return Suitability.no("its borders follow from the shape it puts out");
        }
        if (!LinearLayer.isPlain(node)) {
            return Suitability.no("it scales or transposes its operands");
        }
        var layer = new LinearLayer(node, 1, weight);
        var matrix = layer.matrix();
        if (matrix.columnCount() > WIDEST) {
            return Suitability.no(
                    "it has %,d inputs, and systems are solved up to %,d".formatted(matrix.columnCount(), WIDEST));
        }
        var bias = Bias.of(graph, node, fitted).filter(own -> own.length() == matrix.rowCount());
        var output = bias.map(Bias::output).orElse(node.output(0));
        return new Suitability(Optional.of(new Consumer(layer, matrix, output, bias.map(Bias::name))), "");
    }

    private static boolean hasGivenBorders(Node node) {
        return node.intsAttribute("output_shape").isEmpty()
                && !node.stringAttribute("auto_pad", "NOTSET").startsWith("SAME");
    }

    /** Returns how often nodes read a value. */
    static long reads(Graph graph, String name) {
        return graph.nodes().stream()
                .flatMap(node -> node.inputs().stream())
                .filter(name::equals)
                .count();
    }

    boolean isConvolution() {
        return layer.operator().isConvolution();
    }

    /** Returns the number of output features of all groups. */
    int outputs() {
        return matrix.rowCount();
    }

    /** Returns the number of weights behind one output, those of its group. */
    int inputs() {
        return matrix.columnCount();
    }

    /** Returns the axes in space of a convolution's kernel, {@code [height, width]}. */
    int[] kernel() {
        var dims = layer.weight().dims();
        int width = Math.toIntExact(dims.getLast());
        return new int[] {dims.size() == 4 ? Math.toIntExact(dims.get(2)) : 1, width};
    }
}
