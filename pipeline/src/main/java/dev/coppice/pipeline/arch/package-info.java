/**
 * Builds classic networks as ONNX models, so that training from scratch needs no other framework.
 *
 * <p>In: an architecture's name, the size of the input, the number of classes and a seed. Out: a {@link
 * dev.coppice.ir.Model} (opset 17) from {@code input}, float [batch,C,H,W], to {@code logits}, float [batch,classes].
 * Weights are drawn from the seed with {@link java.util.Random}, whose algorithm is specified: equal seeds give equal
 * bytes on every machine.
 *
 * <pre>{@code
 * var lenet = Architecture.parse("lenet5");
 * Model model = lenet.build(lenet.defaultInput(), 10, 42);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.arch;

import org.jspecify.annotations.NullMarked;
