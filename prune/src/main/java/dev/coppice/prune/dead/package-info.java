/**
 * Weights that cannot influence an output any more, and their removal.
 *
 * <p>In: a {@link dev.coppice.ir.Model}, usually one that unstructured pruning has thinned out. Out: how many of its non-zeros are
 * without effect, and a smaller model that computes the same. A channel is dead <em>forward</em> when its value is the same for every
 * input ({@link dev.coppice.prune.dead.ConstantChannels}), and dead <em>backward</em> when no weight other than zero reads it
 * ({@link dev.coppice.prune.dead.DeadUnits}). What is not certain counts as alive.
 *
 * <pre>{@code
 * long without = DeadWeights.ineffective(model, new FullConstants(), parallel);
 * Model smaller = DeadWeights.eliminate(model, parallel).model();
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.dead;

import org.jspecify.annotations.NullMarked;
