/**
 * Decides how many units go where, and which: {@link dev.coppice.prune.allocate.Allocation} shares a budget out among weights,
 * {@link dev.coppice.prune.allocate.LowestUnits} picks the units of lowest score in linear time.
 *
 * <p>In: {@link dev.coppice.prune.score.UnitKeys} of the weights. Out: counts and masks of units. Ties go to the earlier weight,
 * then to the lower unit; nothing depends on the number of threads.
 *
 * <pre>{@code
 * List<Mask> units = LowestUnits.masks(List.of(keys), Counts.roundHalfUp(0.5, keys.units()), new Parallel(2));
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.allocate;

import org.jspecify.annotations.NullMarked;
