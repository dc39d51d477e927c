package dev.coppice.prune;

import java.util.List;

/**
 * Which weights to prune, by globs over the names of weights and of the nodes that use them.
 *
 * @param keep weights that stay as they are
 * @param only when not empty, the weights to which pruning is restricted. A glob that matches no ordinary weight but an embedding, a vector
 *     (bias, scale) or another constant asks for those.
 */
public record Selection(List<String> keep, List<String> only) {

    /** Every ordinary weight. */
    public static final Selection ALL = new Selection(List.of(), List.of());

    public Selection {
        keep = List.copyOf(keep);
        only = List.copyOf(only);
    }
}
