/**
 * Changes graphs in one closed, checked place.
 *
 * <p>In: an immutable graph and a change. Out: another immutable graph that fulfils {@link dev.coppice.ir.edit.Invariants}.
 */
@NullMarked
package dev.coppice.ir.edit;

import org.jspecify.annotations.NullMarked;
