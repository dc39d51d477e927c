package dev.coppice.prune.dead;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The floating-point constants of a model by name (initializers, and what Constant nodes hold) and how often each is used. */
final class Stored {

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Integer> uses = new HashMap<>();
    private final Set<String> inBodies = new HashSet<>();

    Stored(Model model) {
        var graph = model.graph();
        graph.storedTensors()
                .forEach((name, tensor) -> keep(tensor.name().equals(name) ? tensor : tensor.withName(name)));
        graph.overridable().forEach(tensors::remove);
        for (var node : graph.nodes()) {
            node.inputs().forEach(this::use);
            node.bodies().forEach(this::uses);
        }
        graph.outputs().forEach(output -> use(output.name()));
    }

    private void keep(Tensor tensor) {
        if (tensor.type().prunable() && tensor.dims().stream().allMatch(dim -> dim <= Integer.MAX_VALUE)) {
            tensors.put(tensor.name(), tensor);
        }
    }

    private void uses(Graph body) {
        for (var node : body.nodes()) {
            node.inputs().forEach(this::useInBody);
            node.bodies().forEach(this::uses);
        }
        body.outputs().forEach(output -> useInBody(output.name()));
    }

    private void useInBody(String name) {
        use(name);
        inBodies.add(name);
    }

    private void use(String name) {
        uses.merge(name, 1, Integer::sum);
    }

    Map<String, Tensor> tensors() {
        return tensors;
    }

    @Nullable
    Tensor get(String name) {
        return tensors.get(name);
    }

    /** Returns how many operands and outputs a value is. */
    int uses(String name) {
        return uses.getOrDefault(name, 0);
    }

    boolean isInBody(String name) {
        return inBodies.contains(name);
    }

    /** Returns a constant's numbers, as float32 holds them. */
    static double[] values(Tensor tensor) {
        var values = new double[Math.toIntExact(tensor.size())];
        Elements.doubles(tensor, 0, values, values.length);
        return values;
    }
}
