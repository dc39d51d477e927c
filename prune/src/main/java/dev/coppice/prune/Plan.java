package dev.coppice.prune;

/** What is to be pruned, as plain values that can be stored, read, edited and applied again. */
public sealed interface Plan permits WeightPlan, StructuredPlan, ActivationPlan {

    /** Says whether nothing is to be pruned. */
    boolean isEmpty();
}
