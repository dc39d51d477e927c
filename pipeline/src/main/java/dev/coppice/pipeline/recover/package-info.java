/**
 * Repairs what pruning cost: fine-tunes or distils, between and after the steps of pruning.
 *
 * <p>In: a model, before each stage the same with more masks, training data and a {@link dev.coppice.pipeline.recover.Recovery}.
 * Out: the model with other weights, pruned ones exactly zero. With a run directory, its state is on disk at any time, and a killed run
 * continues to the same bits.
 *
 * <pre>{@code
 * try (var recover = new Recover(job, 0, files, progress)) {
 *     recover.train(0, masked);
 *     var trained = recover.model();
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.recover;

import org.jspecify.annotations.NullMarked;
