/**
 * Searches for the cut that runs within a latency budget.
 *
 * <p>In: a budget, what cuts, what tells equal cuts, what measures. Out: the largest cut that was measured to be within the budget.
 *
 * <pre>{@code
 * var found = new LatencySearch<>(budget, cutter, key, meter).run();
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.search;

import org.jspecify.annotations.NullMarked;
