/**
 * Decides how much is pruned at each of several steps.
 *
 * <p>In: a schedule's name, a number of steps and the final sparsity. Out: the sparsity after each step, rising.
 *
 * <pre>{@code
 * Schedule.CUBIC.sparsities(0.9, 4); // 0.520, 0.787, 0.886, 0.9
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.schedule;

import org.jspecify.annotations.NullMarked;
