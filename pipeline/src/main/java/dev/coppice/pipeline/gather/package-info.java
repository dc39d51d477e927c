/**
 * Gathers what a recipe's data tells about a model: what criteria ask for, and what repairs a pruned model.
 *
 * <p>In: a recipe, a model. Out: findings about weights and groups; repaired models.
 *
 * <pre>{@code
 * var known = new EvidenceCollector(recipe, model, criterion, progress).ofParameters(parameters);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.gather;

import org.jspecify.annotations.NullMarked;
