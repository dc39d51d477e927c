package dev.coppice.ir.rules;

import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that give each row mean zero and variance one, {@code (x - mean) / sqrt(mean((x - mean)^2) + epsilon)}: what exporters write
 * for the heart of LayerNormalization below operator set 17.
 *
 * @param axis the one along which rows lie, from the end where negative
 * @param nodes in graph order; the last gives the result
 */
public record Standardization(String x, long axis, float epsilon, List<Node> nodes) {

    public Standardization {
        nodes = List.copyOf(nodes);
    }

    /**
     * Returns the standardization that a Div ends; empty where it ends none.
     *
     * @param constants by name; null for what is none
     */
    public static Optional<Standardization> of(
            Node division, Map<String, Node> producers, Function<String, @Nullable Tensor> constants) {
        return division.is("Div")
                ? Optional.ofNullable(new Reader(producers, constants).standardization(division))
                : Optional.empty();
    }

    private record Reader(Map<String, Node> producers, Function<String, @Nullable Tensor> constants) {

        private @Nullable Standardization standardization(Node division) {
            var difference = producer(division.input(0), "Sub");
            var root = producer(division.input(1), "Sqrt");
            var shifted = root == null ? null : producer(root.input(0), "Add");
            var mean = difference == null ? null : producer(difference.input(1), "ReduceMean");
            if (difference == null || root == null || shifted == null || mean == null) {
                return null;
            }
            int side = producer(shifted.input(0), "ReduceMean") != null ? 0 : 1;
            var variance = producer(shifted.input(side), "ReduceMean");
            var square = variance == null ? null : producers.get(variance.input(0));
            if (variance == null || square == null || !isSquare(square, difference.output(0))) {
                return null;
            }
            float epsilon = scalar(shifted.input(1 - side));
            var axis = axis(mean);
            boolean fits = epsilon > 0
                    && axis.isPresent()
                    && axis.equals(axis(variance))
                    && mean.input(0).equals(difference.input(0));
            return fits
                    ? new Standardization(
                            mean.input(0),
                            axis.get(),
                            epsilon,
                            List.of(mean, difference, square, variance, shifted, root, division))
                    : null;
        }

        private boolean isSquare(Node node, String value) {
            return node.input(0).equals(value)
                    && ((node.is("Pow") && scalar(node.input(1)) == 2)
                            || (node.is("Mul") && node.input(1).equals(value)));
        }

        private @Nullable Node producer(String value, String operator) {
            var producer = producers.get(value);
            return producer != null && producer.is(operator) ? producer : null;
        }

        /** Returns the only axis of a reduction that keeps it. */
        private Optional<Long> axis(Node reduction) {
            var axes = reduction.intsAttribute("axes").orElse(List.of());
            var given = constants.apply(reduction.input(1));
            if (axes.isEmpty() && given != null && given.type() == DType.INT64 && given.size() == 1) {
                axes = List.of(Elements.longs(given)[0]);
            }
            return axes.size() == 1 && reduction.intAttribute("keepdims", 1) == 1
                    ? Optional.of(axes.getFirst())
                    : Optional.empty();
        }

        /** Returns the value of a floating-point constant of one element, or NaN. */
        private float scalar(String value) {
            var constant = constants.apply(value);
            if (constant == null || constant.size() != 1 || !constant.type().prunable()) {
                return Float.NaN;
            }
            var element = new float[1];
            Elements.floats(constant, 0, element, 1);
            return element[0];
        }
    }
}
