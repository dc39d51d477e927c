/**
 * Holds structured pruning against whole models: whether cuts obey the law, and how much of the weights they can reach.
 *
 * <p>In: model files. Out: tables, JSON and exit code 1 when a cut broke the law.
 *
 * <pre>{@code
 * LawCheck 3 1 ../shared/models/resnet20.onnx
 * }</pre>
 */
@NullMarked
package dev.coppice.bench.law;

import org.jspecify.annotations.NullMarked;
