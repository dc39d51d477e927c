/**
 * Describes a run: one immutable, validated value.
 *
 * <p>In: settings by name, from the command line or a YAML file. Out: a {@link dev.coppice.pipeline.recipe.Recipe}.
 *
 * <pre>{@code
 * var recipe = Recipe.of(RecipeFile.read(Path.of("recipe.yaml")));
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.recipe;

import org.jspecify.annotations.NullMarked;
