/**
 * Turns float weights into int8 in ordinary ONNX operators: pure functions from a model to a model.
 *
 * <p>In: a {@link dev.coppice.ir.Model}, pruned or not, and what to leave in float. Out: a
 * {@link dev.coppice.prune.quantize.Quantization}: the model with int8 weights, a
 * {@link dev.coppice.prune.quantize.QuantizedLayer} for each that became one, a {@link dev.coppice.prune.quantize.FloatLayer} with
 * the reason for each that did not. Zeros stay exact zeros, so whatever pattern pruning left is still there.
 *
 * <pre>{@code
 * var sites = Int8Sites.of(model, Set.of("MatMul", "Gemm"), Selection.ALL);
 * var weight = sites.found().getFirst().weight();   // [K, N] of a MatMul
 * var int8 = Int8Weight.of(weight, 1, Int8Range.FULL);
 * // int8.values(): int8 [K, N]; int8.scales(): float [N]
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.quantize;

import org.jspecify.annotations.NullMarked;
