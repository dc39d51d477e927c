/**
 * Breaks models on purpose: {@link dev.coppice.ir.fuzz.Mutator} makes a broken file of a good one, and
 * {@link dev.coppice.ir.fuzz.Ordeal} puts it through everything that Coppice does with a model. Used by a test here and by the
 * command MutationFuzz of bench.
 *
 * <pre>{@code
 * var mutator = new Mutator(Files.readAllBytes(model));
 * Outcome outcome = new Ordeal(folder).run(mutator.mutate(new SplittableRandom(seed)));
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.fuzz;

import org.jspecify.annotations.NullMarked;
