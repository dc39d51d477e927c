/**
 * Executes ONNX graphs on libtorch with autograd.
 *
 * <p>In: a {@link dev.coppice.ir.Model} and tensors by input name. Out: tensors by output name that can be differentiated with
 * respect to the weights that were bound. One table, {@link dev.coppice.train.torch.Lowerings}, says how each operator is computed;
 * native memory is freed by {@link dev.coppice.train.torch.Scope}s, never by the garbage collector.
 *
 * <pre>{@code
 * Libtorch.use(2);
 * try (var scope = new Scope();
 *         var graph = TorchGraph.of(OnnxReader.read(file))) {
 *     var logits = graph.run(Map.of("input", pixels), false).get("logits");
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.train.torch;

import org.jspecify.annotations.NullMarked;
