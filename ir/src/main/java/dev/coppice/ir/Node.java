package dev.coppice.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * One operation. Inputs and outputs are value names; an empty name is an optional one left out.
 *
 * @param name may be empty; not unique in careless exports
 * @param domain empty for the standard ONNX operators
 */
public record Node(
        String name,
        String opType,
        String domain,
        List<String> inputs,
        List<String> outputs,
        List<Attribute> attributes,
        Carried carried) {

    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        attributes = List.copyOf(attributes);
    }

    public static Node of(
            String name, String opType, List<String> inputs, List<String> outputs, Attribute... attributes) {
        return new Node(name, opType, "", inputs, outputs, List.of(attributes), Carried.NOTHING);
    }

    /** Says whether this is the operator {@code opType} of the standard domain. */
    public boolean is(String op) {
        return isStandard() && opType.equals(op);
    }

    public boolean isStandard() {
        return domain.isEmpty() || domain.equals("ai.onnx");
    }

    /** Returns the operator's name, with the domain in front unless it is the standard one: {@code com.microsoft::Gelu}. */
    public String operator() {
        return isStandard() ? opType : domain + "::" + opType;
    }

    public boolean has(Trait trait) {
        return trait.of(operator());
    }

    /** Returns the name of input {@code i}, or an empty string when the node has none there. */
    public String input(int i) {
        return i < inputs.size() ? inputs.get(i) : "";
    }

    public String output(int i) {
        return i < outputs.size() ? outputs.get(i) : "";
    }

    /** Returns the node's name, or a readable stand-in made of its operator and first output. */
    public String label() {
        return name.isEmpty() ? opType + "(" + output(0) + ")" : name;
    }

    public Optional<Attribute.Value> attribute(String attributeName) {
        for (var attribute : attributes) {
            if (attribute.name().equals(attributeName)) {
                return Optional.of(attribute.value());
            }
        }
        return Optional.empty();
    }

    /** Returns an integer attribute, or {@code otherwise} when it is absent or of another kind. */
    public long intAttribute(String attributeName, long otherwise) {
        return attribute(attributeName).orElse(null) instanceof Attribute.IntValue(long value) ? value : otherwise;
    }

    public float floatAttribute(String attributeName, float otherwise) {
        return attribute(attributeName).orElse(null) instanceof Attribute.FloatValue(float value) ? value : otherwise;
    }

    public String stringAttribute(String attributeName, String otherwise) {
        return attribute(attributeName).orElse(null) instanceof Attribute.StringValue s ? s.text() : otherwise;
    }

    public Optional<List<Long>> intsAttribute(String attributeName) {
        return attribute(attributeName).orElse(null) instanceof Attribute.IntsValue(var values)
                ? Optional.of(values)
                : Optional.empty();
    }

    public Optional<Tensor> tensorAttribute(String attributeName) {
        return attribute(attributeName).orElse(null) instanceof Attribute.TensorValue(var tensor)
                ? Optional.of(tensor)
                : Optional.empty();
    }

    /** Returns the graphs that this node contains (bodies of If, Loop, Scan, ...). */
    public List<Graph> bodies() {
        var bodies = new ArrayList<Graph>();
        for (var attribute : attributes) {
            if (attribute.value() instanceof Attribute.GraphValue(var graph)) {
                bodies.add(graph);
            } else if (attribute.value() instanceof Attribute.GraphsValue(var graphs)) {
                bodies.addAll(graphs);
            }
        }
        return bodies;
    }

    /** Returns the values that this node uses, in its bodies too, as often as it does; an input left out is "". */
    public List<String> uses() {
        var used = new ArrayList<>(inputs);
        for (var body : bodies()) {
            body.nodes().forEach(inner -> used.addAll(inner.uses()));
            body.outputs().forEach(output -> used.add(output.name()));
        }
        return used;
    }

    /** Returns this node with each of its bodies changed; this very node when none did change. */
    public Node withBodies(UnaryOperator<Graph> change) {
        return Mapping.bodies(this, change);
    }

    /** Returns this node as another operator of the same domain. */
    public Node withOpType(String newOpType) {
        return new Node(name, newOpType, domain, inputs, outputs, attributes, carried);
    }

    public Node withInputs(List<String> newInputs) {
        return new Node(name, opType, domain, newInputs, outputs, attributes, carried);
    }

    public Node withOutputs(List<String> newOutputs) {
        return new Node(name, opType, domain, inputs, newOutputs, attributes, carried);
    }

    public Node withAttributes(List<Attribute> newAttributes) {
        return new Node(name, opType, domain, inputs, outputs, newAttributes, carried);
    }

    /** Returns this node without the attributes of these names. */
    public Node withoutAttributes(String... names) {
        var gone = List.of(names);
        return withAttributes(attributes.stream()
                .filter(attribute -> !gone.contains(attribute.name()))
                .toList());
    }

    /** Returns this node with the attribute put in place of the one of the same name, or added at the end. */
    public Node withAttribute(Attribute attribute) {
        var updated = new ArrayList<>(attributes);
        boolean replaced = false;
        for (int i = 0; i < updated.size(); i++) {
            if (updated.get(i).name().equals(attribute.name())) {
                updated.set(
                        i,
                        new Attribute(
                                attribute.name(),
                                attribute.value(),
                                updated.get(i).carried()));
                replaced = true;
            }
        }
        if (!replaced) {
            updated.add(attribute);
        }
        return withAttributes(updated);
    }
}
