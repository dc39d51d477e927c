/**
 * Decides how a model becomes int8 on this machine and with this data.
 *
 * <p>In: a float model, a {@link dev.coppice.pipeline.quantize.Int8} and data. Out: an
 * {@link dev.coppice.pipeline.quantize.MaxDrop.Outcome}: the quantized model, which layers stayed in float and what each would have
 * cost.
 *
 * <pre>{@code
 * var quantizer = DynamicInt8.of(model, new DynamicInt8.Request(Selection.ALL, Cpu.range(), false));
 * var outcome = new MaxDrop(model, quantizer, 0.002, spec, options, threads, progress).search();
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.quantize;

import org.jspecify.annotations.NullMarked;
