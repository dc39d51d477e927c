package dev.coppice.train.torch;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.rules.Standardization;
import dev.coppice.ir.rules.UseCounts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Puts back together what exporters take apart: nine nodes to a LayerNormalization, five to a Gelu, a MatMul and its bias. Each costs
 * autograd one pass over memory instead of many, forwards and backwards; the numbers differ by rounding only.
 */
final class Fusion {

    private static final String DOMAIN = "dev.coppice";

    /** {@code x W + b} with W [in, out]. */
    private static final Lowering LINEAR =
            Lowering.one(call -> torch.linear(call.in(0), call.in(1).t(), call.optional(2)));

    /** A node that stands for others. The last of {@code replaced} gave its output, the rest nobody else may read. */
    private record Match(Node node, List<Node> replaced) {}

    private final Map<String, Tensor> constants;
    private final Map<String, Node> producers = new HashMap<>();
    private final UseCounts uses;

    private Fusion(List<Node> nodes, Map<String, Tensor> constants, Collection<String> outputs) {
        this.constants = constants;
        for (var node : nodes) {
            node.outputs().forEach(output -> producers.put(output, node));
        }
        uses = new UseCounts(nodes, outputs);
    }

    /**
     * Returns nodes that compute the same, in order.
     *
     * @param outputs values that must still be computed
     */
    static List<Node> of(List<Node> nodes, Map<String, Tensor> constants, Collection<String> outputs) {
        var fusion = new Fusion(nodes, constants, outputs);
        var replacements = new HashMap<String, Node>(); // by first output
        Set<Node> gone = new HashSet<>();
        for (var node : nodes) {
            var match = fusion.match(node);
            if (match != null
                    && fusion.uses.isClosed(match.replaced())
                    && match.replaced().stream().noneMatch(gone::contains)) {
                gone.addAll(match.replaced());
                replacements.put(node.output(0), match.node());
            }
        }
        var fused = new ArrayList<Node>();
        for (var node : nodes) {
            var replacement = replacements.get(node.output(0));
            if (replacement != null) {
                fused.add(replacement);
            } else if (!gone.contains(node)) {
                fused.add(node);
            }
        }
        return fused;
    }

    /** Returns the lowering of an operator of the graph or of one that was made here. */
    static @Nullable Lowering lowering(Node node) {
        return node.domain().equals(DOMAIN) ? LINEAR : Lowerings.of(node);
    }

    private @Nullable Match match(Node node) {
        if (node.is("Add")) {
            var norm = layerNorm(node);
            return norm != null ? norm : linear(node);
        }
        return node.is("Mul") ? gelu(node) : null;
    }

    /** {@code (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + shift} over the last axis. */
    private @Nullable Match layerNorm(Node add) {
        var scaling = operand(add, "Mul");
        var division = scaling == null ? null : operand(scaling, "Div");
        if (scaling == null || division == null) {
            return null;
        }
        var shift = other(add, scaling);
        var scale = other(scaling, division);
        var unit = Standardization.of(division, producers, constants::get).orElse(null);
        if (unit == null || unit.axis() != -1 || !isVector(scale) || !isVector(shift) || size(scale) != size(shift)) {
            return null;
        }
        var node = new Node(
                add.name(),
                "LayerNormalization",
                "",
                List.of(unit.x(), scale, shift),
                add.outputs(),
                List.of(Attribute.of("epsilon", unit.epsilon())),
                Carried.NOTHING);
        var replaced = new ArrayList<>(unit.nodes());
        replaced.addAll(List.of(scaling, add));
        return new Match(node, replaced);
    }

    /** {@code x * (erf(x / sqrt 2) + 1) * 0.5}. */
    private @Nullable Match gelu(Node last) {
        var product = operand(last, "Mul");
        var sum = product == null ? null : gate(product);
        var erf = sum == null ? null : operand(sum, "Erf");
        var division = erf == null ? null : producer(erf.input(0), "Div");
        if (product == null || sum == null || erf == null || division == null) {
            return null;
        }
        var x = division.input(0);
        boolean fits = scalar(other(last, product)) == 0.5
                && scalar(other(sum, erf)) == 1
                && (float) scalar(division.input(1)) == (float) Math.sqrt(2)
                && other(product, sum).equals(x);
        var node = new Node(last.name(), "Gelu", "", List.of(x), last.outputs(), List.of(), Carried.NOTHING);
        return fits ? new Match(node, List.of(division, erf, sum, product, last)) : null;
    }

    /** Returns the operand that adds to an error function; the other one, x, may well be a sum, too. */
    private @Nullable Node gate(Node product) {
        for (var input : product.inputs()) {
            var sum = producer(input, "Add");
            if (sum != null && operand(sum, "Erf") != null) {
                return sum;
            }
        }
        return null;
    }

    private @Nullable Match linear(Node add) {
        var product = operand(add, "MatMul");
        if (product == null) {
            return null;
        }
        var bias = other(add, product);
        var matrix = constants.get(product.input(1));
        if (matrix == null
                || matrix.dims().size() != 2
                || !isVector(bias)
                || size(bias) != matrix.dims().get(1)) {
            return null;
        }
        var inputs = List.of(product.input(0), product.input(1), bias);
        var node = new Node(add.name(), "Linear", DOMAIN, inputs, add.outputs(), List.of(), Carried.NOTHING);
        return new Match(node, List.of(product, add));
    }

    private @Nullable Node producer(String value, String operator) {
        var producer = producers.get(value);
        return producer != null && producer.is(operator) ? producer : null;
    }

    /** Returns the node of this operator that computes one of two operands. */
    private @Nullable Node operand(Node node, String operator) {
        var left = producer(node.input(0), operator);
        return left != null ? left : producer(node.input(1), operator);
    }

    /** Returns the operand that {@code known} does not compute. */
    private static String other(Node node, Node known) {
        return node.input(0).equals(known.output(0)) ? node.input(1) : node.input(0);
    }

    private boolean isVector(String value) {
        var constant = constants.get(value);
        return constant != null
                && constant.dims().size() == 1
                && constant.type().prunable();
    }

    private long size(String constant) {
        return Objects.requireNonNull(constants.get(constant)).size();
    }

    /** Returns the value of a floating-point constant of one element, or NaN. */
    private double scalar(String value) {
        var constant = constants.get(value);
        if (constant == null
                || constant.size() != 1
                || !(constant.type() == DType.FLOAT || constant.type() == DType.DOUBLE)) {
            return Double.NaN;
        }
        var element = new double[1];
        Elements.doubles(constant, 0, element, 1);
        return element[0];
    }
}
