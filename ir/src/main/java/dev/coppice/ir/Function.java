package dev.coppice.ir;

import java.util.List;

/**
 * A model-local function: a named body of nodes that a node of the same domain, operator name and overload calls.
 *
 * @param attributes names of the attributes that a call gives values to
 * @param defaults attributes with the values that they have where a call gives none
 * @param opsets what the nodes of the body are written for
 */
public record Function(
        Id id,
        List<String> inputs,
        List<String> outputs,
        List<String> attributes,
        List<Attribute> defaults,
        List<Model.Opset> opsets,
        List<Node> nodes,
        Carried carried) {

    /**
     * What calls name.
     *
     * @param overload tells functions of one name apart (IR version 10); mostly empty
     */
    public record Id(String domain, String name, String overload) {}

    public Function {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
        defaults = List.copyOf(defaults);
        opsets = List.copyOf(opsets);
        nodes = List.copyOf(nodes);
    }

    /** Makes a function without attributes, for the operator sets of its model. */
    public Function(
            String name, String domain, List<String> inputs, List<String> outputs, List<Node> nodes, Carried carried) {
        this(new Id(domain, name, ""), inputs, outputs, List.of(), List.of(), List.of(), nodes, carried);
    }

    public String name() {
        return id.name();
    }

    /** Returns a copy with another body. */
    public Function withNodes(List<Node> others) {
        return new Function(id, inputs, outputs, attributes, defaults, opsets, others, carried);
    }
}
