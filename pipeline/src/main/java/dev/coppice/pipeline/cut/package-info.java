/**
 * Carries out what a recipe says is to be pruned: at once or in steps, with training between them.
 *
 * <p>In: a model, a recipe. Out: a {@link dev.coppice.pipeline.cut.Pruned} model.
 *
 * <pre>{@code
 * var pruned = PruningLoop.run(model, recipe, progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.cut;

import org.jspecify.annotations.NullMarked;
