/**
 * Measures models: quality on data, latency, size on disk, arithmetic and memory.
 *
 * <p>In: paths of ONNX files and, for quality, data ({@link dev.coppice.pipeline.data}). Out: records of figures that
 * receipts and reports print. Nothing here changes a model or prints.
 *
 * <ul>
 *   <li>{@link dev.coppice.pipeline.measure.Evaluator}: accuracy, Spearman and Pearson correlation, perplexity, or
 *       closeness to a reference model where there are no labels
 *   <li>{@link dev.coppice.pipeline.measure.Benchmark}: latency of several models, interleaved
 *   <li>{@link dev.coppice.pipeline.measure.FileSizes}: bytes on disk, plain and gzipped
 *   <li>{@link dev.coppice.pipeline.measure.CostAccount}: multiply-accumulates, bytes moved, peak memory, energy, without running
 * </ul>
 *
 * <pre>{@code
 * var data = DataSpec.parse("sts:sts-test.csv");
 * var options = DataOptions.defaults().withTokenizer(Path.of("tokenizer.json"));
 * Quality quality = Evaluator.evaluate(Evaluation.of(Path.of("minilm.onnx"), data, options), Progress.NONE);
 * // quality.metric() = "spearman", quality.value() = .8203
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.measure;

import org.jspecify.annotations.NullMarked;
