/**
 * Decides shares by layer that need measuring: by sensitivity, by outliers.
 *
 * <p>In: a recipe, a model, a request. Out: the request with a share for each layer.
 *
 * <pre>{@code
 * var sharing = Shares.of(recipe, model, request, prunable, progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.share;

import org.jspecify.annotations.NullMarked;
