package dev.coppice.prune.group;

import dev.coppice.ir.Node;

/**
 * A place where a node multiplies an activation's channels by weights and adds the products up: what is removed there is what weights
 * of zero would leave out.
 *
 * @param data operand of the activation, {@code dataAxis} its channels
 * @param weight operand of the weights, {@code weightAxis} the same channels there
 * @param axis the labels of these channels; those of one group when the operator has {@code groups} of them
 */
record Read(Node node, int data, int dataAxis, int weight, int weightAxis, Axis axis, int groups) {}
