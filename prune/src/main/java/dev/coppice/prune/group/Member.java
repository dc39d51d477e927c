package dev.coppice.prune.group;

import java.util.List;

/**
 * An axis of a constant that a group runs along.
 *
 * @param constant name of the initializer or of the Constant node's output
 * @param nodes labels of the nodes that use it
 * @param shape of the constant
 * @param axis which of its axes
 * @param reads whether an operator adds up products along this axis, so that zeros there do what removing does
 * @param unitOf for each index of the axis the unit that takes it along; -1 for none
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; as long as the axis
public record Member(
        String constant, int use, List<String> nodes, List<Long> shape, int axis, boolean reads, int[] unitOf) {

    public Member {
        nodes = List.copyOf(nodes);
        shape = List.copyOf(shape);
    }

    /** Says whether the constant has two or more axes: biases and scales have one. */
    public boolean isMatrix() {
        return isMatrix(shape);
    }

    static boolean isMatrix(List<Long> shape) {
        return shape.stream().filter(size -> size > 1).count() > 1;
    }
}
