/**
 * Knows the shape of what is pruned: how each operator lays out its weight as a matrix of output features by reduction axis
 * ({@link dev.coppice.prune.pattern.Layouts}), and which of its elements fall together
 * ({@link dev.coppice.prune.pattern.Pattern}, {@link dev.coppice.prune.pattern.UnitGrid}).
 *
 * <p>In: nodes and the weights found behind their operands. Out: matrices over the stored tensor, units, and masks.
 *
 * <pre>{@code
 * WeightMatrix matrix = Layouts.of(conv, weight);            // [outC, inC/groups * kH * kW]
 * UnitGrid units = Pattern.parse("block:2x1").grid(matrix);
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.pattern;

import org.jspecify.annotations.NullMarked;
