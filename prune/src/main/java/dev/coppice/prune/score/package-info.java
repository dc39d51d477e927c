/**
 * Judges what can be spared: a {@link dev.coppice.prune.score.Criterion} gives each unit of a weight matrix or group a score,
 * from its weights and the {@link dev.coppice.prune.score.Evidence} that the criterion asks for, and {@link dev.coppice.prune.score.UnitKeys} streams those scores as integers of the same order, for selection by radix.
 *
 * <p>In: weight matrices, patterns and findings. Out: keys. Nothing here knows how much is to be pruned.
 *
 * <pre>{@code
 * var keys = UnitKeys.of("fc.weight", matrix, new Pattern.Row(), Rule.of(Criteria.named("l2"), seed), false);
 * int count = keys.read(0, buffer, new Scratch());
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.score;

import org.jspecify.annotations.NullMarked;
