package dev.coppice.prune;

import dev.coppice.prune.allocate.Budget;

/** A sparsity of its own for the weights that a glob matches; they leave the common pool of the allocation. */
public record Quota(String glob, double sparsity) {

    public Quota {
        Budget.requireShare(sparsity);
    }
}
