/**
 * Measures how much a model suffers when one layer alone is pruned.
 *
 * <p>In: the layers of a model, each of which can be pruned to any sparsity, and data to judge by. Out: a curve of quality against sparsity
 * for each layer, cell by cell, kept in a run directory so that no cell is measured twice.
 *
 * <pre>{@code
 * var curves = Sensitivity.run(settings, progress);
 * System.out.print(CurvesText.of(curves));
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.sensitivity;

import org.jspecify.annotations.NullMarked;
