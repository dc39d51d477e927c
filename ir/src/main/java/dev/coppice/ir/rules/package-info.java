/**
 * Rewrites of graphs that keep what they compute, one a file.
 *
 * <p>In: an immutable graph. Out: another one that computes the same values under the same names.
 *
 * <pre>{@code
 * Graph simpler = FoldConstants.fold(graph);
 * Graph resolved = FoldConstants.fold(graph, Set.of("lstm.weight_ih"));
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.rules;

import org.jspecify.annotations.NullMarked;
