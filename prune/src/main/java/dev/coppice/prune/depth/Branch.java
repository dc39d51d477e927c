package dev.coppice.prune.depth;

import dev.coppice.ir.Node;
import java.util.List;

/**
 * A residual branch {@code f} of a sum {@code y = x + f(x)}; without it {@code y = x}.
 *
 * @param name of the last weight in the branch; where another branch has that name already, of the sum. Unique in the model
 * @param node label of the sum
 * @param weights names of the kernels and matrices in the branch, in the order in which nodes use them
 * @param addNode the sum, one of the model's own nodes
 * @param nodes what serves nothing but the branch, in the graph's order; the sum is not among them
 * @param skip name of {@code x}
 * @param value name of {@code f(x)}
 * @param parameters elements of the floating-point constants that only the branch uses; single numbers do not count
 */
public record Branch(
        String name,
        String node,
        List<String> weights,
        Node addNode,
        List<Node> nodes,
        String skip,
        String value,
        long parameters) {

    public Branch {
        weights = List.copyOf(weights);
        nodes = List.copyOf(nodes);
    }

    /** Returns the name of {@code y}. */
    public String sum() {
        return addNode.output(0);
    }

    @Override
    public String toString() {
        return name + " (" + addNode.opType() + " '" + node + "')";
    }
}
