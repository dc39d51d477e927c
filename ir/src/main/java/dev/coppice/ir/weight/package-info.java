/**
 * Finds the constant behind an operand, wherever an exporter has put it.
 *
 * <p>In: a graph and a value's name. Out: a {@link dev.coppice.ir.weight.Weight}, or the reason why there is none.
 */
@NullMarked
package dev.coppice.ir.weight;

import org.jspecify.annotations.NullMarked;
