package dev.coppice.train;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;

/** Finds the value of a model that losses are computed from. */
public final class Logits {

    private Logits() {}

    /**
     * Returns the name of the first output, or of the logits that it was made from by a closing Softmax: cross-entropy of probabilities
     * would be another loss.
     */
    public static String of(Model model) {
        var graph = model.graph();
        if (graph.outputs().isEmpty()) {
            throw new BadModelException("the model has no output", "nothing can be learnt without one");
        }
        var output = graph.outputs().getFirst().name();
        for (var node : graph.nodes().reversed()) {
            if (node.outputs().contains(output)) {
                if (node.is("Softmax")) {
                    return node.input(0);
                }
                if (!node.is("Identity") && !node.is("Reshape") && !node.is("Flatten")) {
                    break;
                }
                output = node.input(0);
            }
        }
        return graph.outputs().getFirst().name();
    }
}
