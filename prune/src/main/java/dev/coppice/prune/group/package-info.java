/**
 * Dependency groups: what must be removed together, and how a model looks without it.
 *
 * <p>In: a {@link dev.coppice.ir.Model}. Every operator declares how its axes couple ({@code *Couplings}, one table of rules a family of
 * operators); indices that are coupled get one label by union-find; labels that occur in the same places of the same constants are the
 * units of one {@link dev.coppice.prune.group.Group}. Out: {@link dev.coppice.prune.group.Groups}, which cuts units out of the model or
 * writes zeros in their place. An operator without a rule is opaque: what runs into it is blocked, with the reason.
 *
 * <pre>{@code
 * var groups = Groups.of(model);
 * var removal = groups.nothing();
 * removal.remove(groups.list().getFirst(), 3);
 * Model smaller = groups.cut(removal);
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.group;

import org.jspecify.annotations.NullMarked;
