package dev.coppice.prune.group;

/**
 * What keeps an index from being removed.
 *
 * @param node label of the node in the way; empty for the model's own inputs and outputs
 * @param op its operator; empty too
 */
public record Reason(String node, String op, String text) {

    @Override
    public String toString() {
        return node.isEmpty() ? text : text + " (" + op + " '" + node + "')";
    }
}
