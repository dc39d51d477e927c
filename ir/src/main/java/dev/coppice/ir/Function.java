package dev.coppice.ir;

import java.util.List;

/** A model-local function: a named body of nodes that a node of the same domain and operator name calls. */
public record Function(
        String name, String domain, List<String> inputs, List<String> outputs, List<Node> nodes, Carried carried) {

    public Function {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        nodes = List.copyOf(nodes);
    }
}
