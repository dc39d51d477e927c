package dev.coppice.prune.group;

/** How a node's parameters (group counts, target shapes, bounds) follow a cut. */
@FunctionalInterface
interface Rewrite {

    void apply(Rewriting cut);
}
