/**
 * What a {@link dev.coppice.train.Trainer} learns from: batches, epoch after epoch.
 *
 * <p>In: nothing; whoever has data implements {@link dev.coppice.train.data.TrainData}. Out:
 * {@link dev.coppice.train.data.TrainBatch}es, the same ones whenever the same epoch is asked for, so that a killed run
 * can continue in the middle of one.
 *
 * <pre>{@code
 * try (var epoch = data.epoch(3, 0)) {
 *     for (var batch = epoch.next(); batch != null; batch = epoch.next()) { ... }
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.train.data;

import org.jspecify.annotations.NullMarked;
