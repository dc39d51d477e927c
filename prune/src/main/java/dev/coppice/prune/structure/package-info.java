/**
 * Decides which channels, heads and hidden units go.
 *
 * <p>In: the {@link dev.coppice.prune.group.Groups} of a model and a {@link dev.coppice.prune.structure.StructuredRequest}. Out: a
 * {@link dev.coppice.prune.StructuredPlan} of plain values, and the {@link dev.coppice.prune.group.Removal} that it stands
 * for.
 *
 * <pre>{@code
 * var groups = Groups.of(model);
 * var planned = StructuredPlanner.plan(groups, request, Findings.NONE, removal -> 1);
 * Model smaller = groups.cut(planned.removal());
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.structure;

import org.jspecify.annotations.NullMarked;
