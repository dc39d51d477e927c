/**
 * Trains ONNX models: fine-tuning, distillation, masks that hold.
 *
 * <p>Without training there are {@link dev.coppice.train.Gradients} of a loss, for criteria, and
 * {@link dev.coppice.train.BatchNormStatistics}, which repairs normalisation after pruning.
 *
 * <p>In: a {@link dev.coppice.ir.Model}, perhaps the dense one that it came from, and batches. Out: the model with other weights, the
 * same graph and names. Nothing here knows files other than checkpoints, or decides what to prune.
 *
 * <pre>{@code
 * var spec = TrainSpec.of(new Loss.CrossEntropy(0), Optimizer.sgd(1e-4));
 * try (var trainer = new Trainer(model, Optional.empty(), spec, 2);
 *         var epoch = data.epoch(0, 0)) {
 *     for (var batch = epoch.next(); batch != null; batch = epoch.next()) {
 *         trainer.step(batch, 0.1);
 *     }
 *     OnnxWriter.write(trainer.model(model), output);
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.train;

import org.jspecify.annotations.NullMarked;
