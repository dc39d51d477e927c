package dev.coppice.prune.group;

import dev.coppice.ir.Node;

/**
 * What keeps an index from being removed.
 *
 * @param node label of the node in the way; empty for the model's own inputs and outputs
 * @param op its operator; empty too
 */
public record Reason(String node, String op, String text) {

    static final String CALL = "is handed to a local function that is not written out, in";

    @Override
    public String toString() {
        return node.isEmpty() ? text : text + " (" + op + " '" + node + "')";
    }

    /** Returns what is said of a node whose operator has no rule. */
    static String without(Node node) {
        return node.bodies().isEmpty() ? "meets an operator without a rule," : "is used inside of";
    }
}
