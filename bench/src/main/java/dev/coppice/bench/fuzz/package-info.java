/**
 * Looks for bytes that break Coppice: mutates models and puts each result through all that is done with a model.
 *
 * <p>In: model files, a count, a seed. Out: JSON with the counts by outcome, and exit code 1 when anything but a typed error came
 * out.
 *
 * <pre>{@code
 * MutationFuzz bench/results/fuzz.json 100000 1 ../shared/models/resnet20.onnx
 * }</pre>
 */
@NullMarked
package dev.coppice.bench.fuzz;

import org.jspecify.annotations.NullMarked;
