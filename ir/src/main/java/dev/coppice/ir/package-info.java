/**
 * Holds an ONNX model as immutable values, free of any file format: {@link dev.coppice.ir.Model}, {@link dev.coppice.ir.Graph},
 * {@link dev.coppice.ir.Node}, {@link dev.coppice.ir.Tensor}.
 *
 * <p>In: what {@link dev.coppice.ir.onnx.OnnxReader} reads. Out: what {@link dev.coppice.ir.onnx.OnnxWriter} writes.
 *
 * <pre>{@code
 * Model model = OnnxReader.read(Path.of("model.onnx"));
 * Model pruned = model.mapTensors(t -> t.name().equals("fc.weight") ? t.masked(mask) : t);
 * OnnxWriter.write(pruned, Path.of("pruned.onnx"));
 * }</pre>
 */
@NullMarked
package dev.coppice.ir;

import org.jspecify.annotations.NullMarked;
