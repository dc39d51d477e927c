/**
 * Measures what training recovers after pruning: long experiments with committed results.
 *
 * <p>In: names of cases. Out: a JSON file with a figure for each, its settings and its provenance; cases that are not run keep theirs.
 */
@NullMarked
package dev.coppice.bench.recovery;

import org.jspecify.annotations.NullMarked;
