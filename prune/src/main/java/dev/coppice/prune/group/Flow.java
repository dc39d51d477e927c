package dev.coppice.prune.group;

import dev.coppice.ir.Node;

/**
 * A place where a group's activations are multiplied by weights and added up.
 *
 * @param node the operator, {@code data} its operand that carries the activations
 * @param axis which axis of the activations the group runs along
 * @param weight the operand with the weights, {@code weightAxis} the same axis there
 * @param unitOf for each index of the activations' axis the unit it belongs to; -1 for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; as long as the axis
public record Flow(Node node, int data, int axis, int weight, int weightAxis, int[] unitOf) {

    /** Names the activations and their axis, by which evidence of them is found. */
    public String activations() {
        return value() + "@" + axis;
    }

    /** Returns the name of the activations. */
    public String value() {
        return node.input(data);
    }
}
