/**
 * Runs ONNX files in ONNX Runtime on the CPU.
 *
 * <p>In: the path of an ONNX file (external data is found beside it) and {@link dev.coppice.runtime.ort.HostTensor}s by
 * input name. Out: {@code HostTensor}s by output name. Nothing of ONNX Runtime's own Java API shows. What ONNX Runtime
 * refuses becomes a {@link dev.coppice.ir.BadModelException}; inputs that contradict the model's declaration are a
 * {@link dev.coppice.ir.BadInputException} before ONNX Runtime sees them.
 *
 * <pre>{@code
 * try (var model = OrtModel.open(Path.of("resnet20.onnx"), OrtOptions.defaults().withThreads(2))) {
 *     var pixels = HostTensor.ofFloats(new float[3 * 32 * 32], 1, 3, 32, 32);
 *     float[] logits = model.run(Map.of("input", pixels)).get("logits").toFloats();
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.runtime.ort;

import org.jspecify.annotations.NullMarked;
