package dev.coppice.prune.quantize;

import dev.coppice.ir.Node;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.weight.Weight;

/**
 * A node of the main graph with a stored float weight that can become int8.
 *
 * @param operand which of the node's inputs the weight is
 * @param weight as the node sees it
 */
public record Int8Site(Node node, int operand, Weight weight) {

    /** Returns the node's first output, which names the site uniquely. */
    public String id() {
        return node.output(0);
    }

    /** Returns the layer that multiplies by the weight; a Gather is none. */
    LinearLayer layer() {
        return new LinearLayer(node, operand, weight);
    }

    FloatLayer left(String reason) {
        return new FloatLayer(node.label(), node.opType(), weight.name(), reason);
    }
}
