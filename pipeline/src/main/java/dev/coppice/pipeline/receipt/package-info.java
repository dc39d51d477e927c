/**
 * Measures the model before and after, and writes the receipt.
 *
 * <p>In: a recipe, a pruned model, the files. Out: a {@link dev.coppice.pipeline.report.Receipt}.
 *
 * <pre>{@code
 * var receipt = new ReceiptMaker(recipe, pruned, sizes).make(counting, known, progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.receipt;

import org.jspecify.annotations.NullMarked;
