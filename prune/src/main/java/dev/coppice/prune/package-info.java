/**
 * Decides what to prune and cuts it: pure functions from a model to a model, without input, output or execution of the network.
 *
 * <p>In: a {@link dev.coppice.ir.Model}, a {@link dev.coppice.prune.Selection} of its weights and a
 * {@link dev.coppice.prune.PruneRequest}. Between: a {@link dev.coppice.prune.Plan} of plain values that can be stored, edited and
 * applied again. Out: the model with masks on its weights, and what could not be done
 * ({@link dev.coppice.prune.Blocked}, {@link dev.coppice.prune.Planned#shortfalls}).
 *
 * <pre>{@code
 * var parameters = Parameters.of(model, Selection.ALL);
 * var request = PruneRequest.of(Criteria.named("l1"), Pattern.parse("unstructured"), Allocation.GLOBAL, new Budget.Sparsity(0.5));
 * var planned = Planner.plan(parameters, request, new Parallel(2));
 * Model pruned = Apply.apply(model, parameters, planned, new Parallel(2));
 * }</pre>
 */
@NullMarked
package dev.coppice.prune;

import org.jspecify.annotations.NullMarked;
