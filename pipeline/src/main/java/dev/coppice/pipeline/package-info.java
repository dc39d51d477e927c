/**
 * Runs recipes; the only place where pruning, runtime and measurement meet.
 *
 * <p>In: a {@link dev.coppice.pipeline.recipe.Recipe}, made of {@link dev.coppice.pipeline.recipe.Settings} from a file or the command line. Out: a
 * model file, a {@link dev.coppice.pipeline.report.Receipt} and, where asked for, a {@link dev.coppice.pipeline.run.RunDirectory}.
 *
 * <pre>{@code
 * var settings = new Settings("", Map.of("model", "m.onnx", "output", "p.onnx", "sparsity", 0.5));
 * Receipt receipt = Pipeline.run(Recipe.of(settings), Progress.NONE);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline;

import org.jspecify.annotations.NullMarked;
