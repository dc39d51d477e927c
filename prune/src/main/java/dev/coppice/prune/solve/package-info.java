/**
 * Solves for weights: the numerical side of repairs without gradients.
 *
 * <p>In: samples of inputs and of the outputs that they should give. Out: weights.
 *
 * <pre>{@code
 * var fit = new LeastSquares(inputs, outputs, true, new Parallel(2));
 * fit.add(x, y, rows);
 * double[] weights = fit.solve(before, 0.01);
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.solve;

import org.jspecify.annotations.NullMarked;
