/**
 * Depth: residual branches that can be left out, {@code y = x + f(x)} becoming {@code y = x}.
 *
 * <p>In: a {@link dev.coppice.ir.Model}. {@link dev.coppice.prune.depth.Branches} finds the branches,
 * {@link dev.coppice.prune.depth.DepthScores} says how much each would be missed, {@link dev.coppice.prune.depth.Depth} removes some or
 * writes zeros that make them contribute nothing. Out: a model that computes the same either way.
 *
 * <pre>{@code
 * var branches = Branches.of(model).list();
 * var scores = DepthScores.of(model, branches, Rule.of(Criteria.named("l2"), 0));
 * Model shallower = Depth.drop(model, List.of(branches.get(3)));
 * Model same = Depth.mask(model, List.of(branches.get(3)));
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.depth;

import org.jspecify.annotations.NullMarked;
