package dev.coppice.prune.group;

import dev.coppice.ir.Node;

/**
 * An axis of a weight along which a node adds up products, so that zeros there do what removing does.
 *
 * @param operand the node's operand that is the weight, {@code at} which of its axes, with these labels
 */
record ReadPlace(Node node, int operand, int at, Axis axis) {}
