package dev.coppice.prune.quantize;

import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A graph with what the plan of its quantization asks again and again: types, constants, readers. */
final class StaticGraph {

    private final Model model;
    private final Set<String> blocked;
    private final Shapes shapes;
    private final WeightResolver resolver;
    private final Map<String, List<Node>> readers;
    private final Set<String> outside = new HashSet<>();

    /** @param blocked values that must not be quantized */
    StaticGraph(Model model, Set<String> blocked) {
        this.model = model;
        this.blocked = Set.copyOf(blocked);
        this.shapes = ShapeInference.infer(model);
        this.resolver = WeightResolver.of(model.graph());
        this.readers = model.graph().readers();
        model.graph().nodes().forEach(node -> node.bodies().forEach(this::readInside));
        model.graph().outputs().forEach(output -> outside.add(output.name()));
    }

    private void readInside(Graph body) {
        body.nodes().forEach(node -> outside.addAll(node.uses()));
        body.outputs().forEach(output -> outside.add(output.name()));
    }

    List<Node> nodes() {
        return model.graph().nodes();
    }

    Model model() {
        return model;
    }

    /** Returns the nodes of the main graph that read a value, each once. */
    List<Node> readers(String value) {
        return readers.getOrDefault(value, List.of());
    }

    /** Returns the one node that reads a value, once; null when there are others, or the value is an output or read in a body. */
    @Nullable
    Node onlyReader(String value) {
        var all = readers(value);
        return all.size() == 1
                        && !outside.contains(value)
                        && all.getFirst().inputs().stream()
                                        .filter(value::equals)
                                        .count()
                                == 1
                ? all.getFirst()
                : null;
    }

    boolean isBlocked(String value) {
        return blocked.contains(value);
    }

    /** Says whether a value is a float32 activation that may be quantized. */
    boolean isActivation(String value) {
        return !value.isEmpty()
                && !isBlocked(value)
                && shapes.type(value).filter(type -> type == DType.FLOAT).isPresent()
                && shapes.constant(value).isEmpty()
                && resolver.resolve(value) instanceof Resolution.NotConstant;
    }

    /** Returns a float32 constant in the operator's order. */
    Optional<float[]> constant(String value) {
        return !value.isEmpty()
                        && resolver.resolve(value) instanceof Resolution.Found(var weight)
                        && weight.source().type() == DType.FLOAT
                        && weight.size() <= Integer.MAX_VALUE
                ? Optional.of(weight.floats())
                : Optional.empty();
    }

    /** Returns a constant of one element and no more than {@code rank} dimensions that is no NaN or infinity. */
    Optional<Float> scalar(String value, String beside) {
        var rank = shapes.shape(beside);
        return resolver.resolve(value) instanceof Resolution.Found(var weight)
                        && weight.size() == 1
                        && rank.isPresent()
                        && weight.dims().size() <= rank.get().rank()
                ? constant(value).map(numbers -> numbers[0]).filter(Float::isFinite)
                : Optional.empty();
    }

    Shapes shapes() {
        return shapes;
    }
}
