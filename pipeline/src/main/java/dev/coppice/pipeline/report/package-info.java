/**
 * Says what happened: receipts, as text for people and as plain values for JSON.
 *
 * <p>In: figures from {@code dev.coppice.pipeline.measure}. Out: {@link dev.coppice.pipeline.report.Receipt} and its two forms.
 *
 * <pre>{@code
 * String text = ReceiptText.of(receipt);
 * String json = Json.write(receipt.describe());
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.report;

import org.jspecify.annotations.NullMarked;
