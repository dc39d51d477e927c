package dev.coppice.prune.depth;

/**
 * A sum that looks residual and from which no branch can be dropped.
 *
 * @param node label of the sum
 * @param op its operator
 */
public record BlockedBranch(String node, String op, String reason) {}
