package dev.coppice.prune.activation;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.edit.GraphEditor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * Puts {@code Where(Less(Abs(x), threshold), 0, x)} between values and the layers that read them: operators of every runtime, from opset 9
 * on (compare Liu et al. 2025, Training-Free Activation Sparsity in Large Language Models, section 4.1).
 */
public final class ActivationGates {

    /** What the names of what is inserted end with. */
    private static final String SUFFIX = ".coppice-gate";

    private static final int LEAST_OPSET = 9;

    private ActivationGates() {}

    /**
     * A float32 value to be thinned out.
     *
     * @param readers the nodes that are to see zeros in place of magnitudes below the threshold; others read the value as it is
     */
    public record Gate(String value, float threshold, List<Node> readers) {
        public Gate {
            readers = List.copyOf(readers);
        }

        /** Returns the name of the value with zeros. */
        public String output() {
            return value + SUFFIX;
        }
    }

    /** Returns the model with the gates; throws {@link BadModelException} when its opset is too old for them. */
    public static Model insert(Model model, List<Gate> gates) {
        if (model.opset() < LEAST_OPSET) {
            throw new BadModelException(
                    "activations are pruned by Where, which opset " + model.opset() + " lacks",
                    "convert the model to opset 9 or newer");
        }
        var gateOf = new IdentityHashMap<Node, List<Gate>>();
        gates.forEach(gate -> gate.readers()
                .forEach(reader ->
                        gateOf.computeIfAbsent(reader, _ -> new ArrayList<>()).add(gate)));
        var written = new HashSet<String>();
        return model.withGraph(GraphEditor.edit(model.graph(), editor -> {
            if (!gates.isEmpty()) {
                editor.put(scalar("zero" + SUFFIX, 0));
            }
            for (var node : model.graph().nodes()) {
                var own = gateOf.get(node);
                if (own == null) {
                    continue;
                }
                var nodes = new ArrayList<Node>();
                for (var gate : own) {
                    if (written.add(gate.value())) {
                        editor.put(scalar(gate.value() + ".threshold" + SUFFIX, gate.threshold()));
                        nodes.addAll(nodes(gate));
                    }
                }
                nodes.add(node.withInputs(inputs(node, own)));
                editor.replace(node, nodes.toArray(new Node[0]));
            }
        }));
    }

    private static List<String> inputs(Node node, List<Gate> gates) {
        var names = new HashMap<String, String>();
        gates.forEach(gate -> names.put(gate.value(), gate.output()));
        return node.inputs().stream()
                .map(input -> names.getOrDefault(input, input))
                .toList();
    }

    private static List<Node> nodes(Gate gate) {
        var x = gate.value();
        var size = x + ".abs" + SUFFIX;
        var small = x + ".small" + SUFFIX;
        return List.of(
                Node.of(size, "Abs", List.of(x), List.of(size)),
                Node.of(small, "Less", List.of(size, x + ".threshold" + SUFFIX), List.of(small)),
                Node.of(gate.output(), "Where", List.of(small, "zero" + SUFFIX, x), List.of(gate.output())));
    }

    private static Tensor scalar(String name, float value) {
        var bytes = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT);
        bytes.set(ValueLayout.JAVA_FLOAT, 0, value);
        return Tensor.of(name, DType.FLOAT, List.of(), new TensorData.Bytes(bytes));
    }
}
