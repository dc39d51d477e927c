/**
 * Says what data is used and how.
 *
 * <p>In: the text of a data spec, as {@code cifar10:DIR}, and options. Out: validated values, and what identifies their content.
 *
 * <pre>{@code
 * var spec = DataSpec.parse("csv:train.csv");
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.data.spec;

import org.jspecify.annotations.NullMarked;
