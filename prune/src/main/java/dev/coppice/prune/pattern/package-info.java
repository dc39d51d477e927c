/**
 * Knows which weights of a matrix fall together ({@link dev.coppice.prune.pattern.Pattern}).
 *
 * <p>In: the matrix of a layer. Out: its units, and masks.
 *
 * <pre>{@code
 * UnitGrid units = Pattern.parse("block:2x1").grid(matrix);
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.pattern;

import org.jspecify.annotations.NullMarked;
