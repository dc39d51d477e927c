/**
 * Tells what a model is made of, and what blocks pruning.
 *
 * <p>In: a model. Out: a report.
 *
 * <pre>{@code
 * var text = InspectionReport.text(inspection);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.inspect;

import org.jspecify.annotations.NullMarked;
