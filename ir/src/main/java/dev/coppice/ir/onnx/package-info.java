/**
 * Reads and writes ONNX files. The only place that knows the file format; nothing of it shows outside.
 *
 * <p>In: a path. Out: a {@link dev.coppice.ir.Model} whose weights are slices of the mapped file; and back.
 *
 * <pre>{@code
 * Model model = OnnxReader.read(Path.of("in.onnx"));
 * OnnxWriter.write(model, Path.of("out.onnx"));
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.onnx;

import org.jspecify.annotations.NullMarked;
