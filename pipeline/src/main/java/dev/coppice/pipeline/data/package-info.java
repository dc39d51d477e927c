/**
 * Turns data on disk into batches that fit a model, to measure it or to train it.
 *
 * <p>In: a {@link dev.coppice.pipeline.data.spec.DataSpec} such as {@code cifar10:DIR}, {@link
 * dev.coppice.pipeline.data.spec.DataOptions} (preprocessing, split, limit, tokenizer) and the model's declared inputs. Out:
 * {@link dev.coppice.pipeline.data.Batches}, a stream of input tensors with labels where the data has them. Files are
 * read as the batches are asked for. Data that cannot be used is a {@link dev.coppice.ir.BadInputException} that says
 * where; a specification that cannot be understood is a {@link dev.coppice.ir.UsageException}.
 *
 * <p>Pixels are scaled to [0,1] before mean and standard deviation apply. Only {@code cifar10} and {@code digits} come
 * in two parts ({@code digits}: every fifth row, counted from the fifth, is the test part); other data is used whole.
 * {@code limit} takes the first samples, for {@code images} evenly spaced ones (their files are sorted by class).
 *
 * <pre>{@code
 * var spec = DataSpec.parse("cifar10:data/cifar10");
 * var options = DataOptions.defaults().withLimit(1000);
 * try (var batches = Batches.open(spec, options, model.inputs(), 32)) {
 *     for (var batch = batches.next(); batch != null; batch = batches.next()) {
 *         model.run(batch.inputs());
 *     }
 * }
 * }</pre>
 *
 * <p>To learn from data, {@link dev.coppice.pipeline.data.TrainingData} loads it once and gives the batches of any epoch from any
 * batch on; {@link dev.coppice.pipeline.data.Batching} says how large they are, and what the seed is.
 *
 * <pre>{@code
 * var batching = Batching.of(128, seed).withAugmentation(Augmentation.parse("flip,crop4"));
 * TrainData data = TrainingData.open(spec, DataOptions.defaults(), model.inputs(), batching);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.data;

import org.jspecify.annotations.NullMarked;
