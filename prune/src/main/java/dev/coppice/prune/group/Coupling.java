package dev.coppice.prune.group;

/** How an operator's axes depend on each other, and how its parameters follow when some of their indices go. */
@FunctionalInterface
interface Coupling {

    /**
     * Couples the inputs' axes and gives the outputs theirs. All axes of an input that is not looked at must stay; an output
     * that is given no axes is opaque.
     */
    void couple(Site site);
}
