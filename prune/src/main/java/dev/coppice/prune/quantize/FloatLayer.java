package dev.coppice.prune.quantize;

/**
 * A node with a weight that stayed in float.
 *
 * @param node its label
 * @param reason why, and what to do about it where something can be done
 */
public record FloatLayer(String node, String op, String weight, String reason) {}
