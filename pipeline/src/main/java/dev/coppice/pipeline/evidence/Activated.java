package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Trait;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the value behind the activation function that follows a layer: behind bias, normalisation and, where there is no other way, the sum
 * of a residual connection. Functions that exporters write as several operators (GELU, SiLU, HardSwish) count as one.
 */
final class Activated {

    /** Magnitudes up to this count as zeros behind functions that do not give exact ones, and where there is no function. */
    static final double SMOOTH_ZERO = 0.05;

    /** What activation functions are written with in several operators. */
    private static final Set<String> PARTS = Set.of("Erf", "Max", "Min");

    private static final Set<String> LINEAR = Set.of(
            "BatchNormalization", "Add", "Sub", "Mul", "Div", "Identity", "Dropout", "Cast", "Pow", "Sqrt", "Neg");

    /** Operators that hand channels on to the reader, in the same place. */
    private static final Set<String> POOLS =
            Set.of("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "Identity", "Dropout", "Resize");

    private static final int LONGEST = 16;

    /**
     * Where activations are.
     *
     * @param exact whether the function gives exact zeros
     */
    record Place(String value, boolean exact) {
        double threshold() {
            return exact ? 0 : SMOOTH_ZERO;
        }
    }

    private final WeightResolver resolver;
    private final Shapes shapes;
    private final Map<String, List<Node>> readers;
    private final Map<String, Node> producers = new HashMap<>();
    private final Set<String> outputs = new HashSet<>();

    Activated(Model model) {
        resolver = WeightResolver.of(model.graph());
        shapes = ShapeInference.infer(model);
        readers = model.graph().readers();
        for (var node : model.graph().nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
        }
        model.graph().outputs().forEach(output -> outputs.add(output.name()));
    }

    /** Returns the activations of what a layer computes; its biased output where no function follows. */
    Place after(String value) {
        return new Walk(value, false)
                .end()
                .or(() -> new Walk(value, true).end())
                .orElseGet(() -> new Place(biased(value), false));
    }

    /**
     * Returns the nearest value before one that is read which has not been pooled or flattened yet.
     *
     * @param axis of the channels
     * @param length of that axis
     */
    Place before(String value, int axis, int length) {
        var at = value;
        for (var node = producers.get(at); node != null && handsOn(node, axis, length); node = producers.get(at)) {
            at = node.input(0);
        }
        return new Place(at, isExact(producers.get(at)));
    }

    private boolean handsOn(Node node, int axis, int length) {
        if (POOLS.contains(node.opType())) {
            return true;
        }
        var dims = shapes.shape(node.input(0)).map(Shape::dims).orElse(List.of());
        if (axis != 1 || dims.size() < 3) {
            return false;
        }
        return switch (node.opType()) {
            case "ReduceMean" ->
                node.intAttribute("keepdims", 1) == 1 && dims.get(1).equals(new Dim.Known(length));
            case "Flatten", "Reshape" -> {
                long product = 1;
                for (var dim : dims.subList(1, dims.size())) {
                    product *= dim instanceof Dim.Known(long size) ? size : 0;
                }
                yield product == length;
            }
            default -> false;
        };
    }

    private static boolean isExact(@Nullable Node node) {
        return node != null && (node.has(Trait.EXACT_ZEROS) || node.is("Max"));
    }

    private static boolean isNonlinear(Node node) {
        return node.has(Trait.ACTIVATION) || PARTS.contains(node.opType());
    }

    private boolean isConstant(String value) {
        return value.isEmpty() || !(resolver.resolve(value) instanceof Resolution.NotConstant);
    }

    private List<Node> readers(String value) {
        return readers.getOrDefault(value, List.of());
    }

    private String biased(String value) {
        var at = value;
        for (int i = 0; i < LONGEST; i++) {
            var next = readers(at);
            if (next.size() != 1 || !LINEAR.contains(next.getFirst().opType()) || outputs.contains(at)) {
                return at;
            }
            var from = at;
            if (next.getFirst().inputs().stream().anyMatch(input -> !input.equals(from) && !isConstant(input))) {
                return at;
            }
            at = next.getFirst().output(0);
        }
        return at;
    }

    /** Grows a region of elementwise operators until a single value leads out of it and a function lies within. */
    private final class Walk {

        private final boolean residual;
        private final Set<String> region = new HashSet<>();
        private final Set<String> open = new HashSet<>();
        private final Set<Node> done = new HashSet<>();
        private boolean nonlinear;
        private boolean exact;

        Walk(String start, boolean residual) {
            this.residual = residual;
            region.add(start);
            open.add(start);
        }

        Optional<Place> end() {
            for (int i = 0; i < LONGEST; i++) {
                if (nonlinear && open.size() == 1) {
                    return Optional.of(new Place(scaled(open.iterator().next()), exact));
                }
                var node = next();
                if (node.isEmpty()) {
                    return Optional.empty();
                }
                take(node.get());
            }
            return Optional.empty();
        }

        private Optional<Node> next() {
            return open.stream()
                    .filter(value -> !outputs.contains(value))
                    .flatMap(value -> readers(value).stream())
                    .filter(node -> !done.contains(node) && fits(node))
                    .findFirst();
        }

        private boolean fits(Node node) {
            if (!LINEAR.contains(node.opType()) && !isNonlinear(node)) {
                return false;
            }
            boolean joins = residual && node.is("Add") && !nonlinear;
            return node.inputs().stream().allMatch(input -> region.contains(input) || isConstant(input) || joins);
        }

        private void take(Node node) {
            done.add(node);
            if (isNonlinear(node)) {
                nonlinear = true;
                exact = isExact(node);
            }
            for (var output : node.outputs()) {
                region.add(output);
            }
            open.add(node.output(0));
            open.removeIf(value ->
                    !value.equals(node.output(0)) && !outputs.contains(value) && done.containsAll(readers(value)));
        }

        /** Goes past a product with a number, with which some forms of GELU end. */
        private String scaled(String value) {
            var next = readers(value);
            boolean scales = next.size() == 1
                    && next.getFirst().is("Mul")
                    && !exact
                    && next.getFirst().inputs().stream()
                            .allMatch(input -> input.equals(value)
                                    || (resolver.resolve(input) instanceof Resolution.Found(var weight)
                                            && weight.size() == 1));
            return scales ? next.getFirst().output(0) : value;
        }
    }
}
