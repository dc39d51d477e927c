/**
 * Checks of structured pruning on whole models: the law that a cut and a mask compute the same, with ONNX Runtime as the judge.
 *
 * <p>In: a {@link dev.coppice.ir.Model}. Out: what {@link dev.coppice.pipeline.structure.Law} measured round by round, or a
 * {@link dev.coppice.pipeline.structure.LawViolation}.
 *
 * <pre>{@code
 * var rounds = Law.check(model, LawSettings.of(1), folder);
 * double worst = rounds.stream().mapToDouble(Law.Round::error).max().orElse(0);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.structure;

import org.jspecify.annotations.NullMarked;
