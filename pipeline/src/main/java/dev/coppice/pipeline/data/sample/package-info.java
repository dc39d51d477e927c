/**
 * Reads labelled samples: pictures and rows of numbers.
 *
 * <p>In: files and folders. Out: samples, preprocessed for the input of a model.
 *
 * <pre>{@code
 * var source = SampleSources.open(spec, options);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.data.sample;

import org.jspecify.annotations.NullMarked;
