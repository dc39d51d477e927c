/**
 * Repairs what pruning cost: fine-tunes or distils, between and after the steps of pruning.
 *
 * <p>In: a model, a function that prunes it further step by step, training data and a {@link dev.coppice.pipeline.recover.Recovery}.
 * Out: the model with other weights, pruned ones exactly zero. With a run directory, its state is on disk at any time, and a killed run
 * continues to the same bits.
 *
 * <pre>{@code
 * var trained = Recover.run(new Recover.Job(model, cutter, recovery, data, seed, threads, files), progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.recover;

import org.jspecify.annotations.NullMarked;
