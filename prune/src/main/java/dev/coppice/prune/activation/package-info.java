/**
 * Writes activation pruning into a graph: values below a threshold become zero before a layer reads them.
 *
 * <p>In: a model, and for values of it a threshold and the nodes that read them. Out: a model with a few ordinary ONNX operators more.
 *
 * <pre>{@code
 * Model sparse = ActivationGates.insert(model, List.of(new ActivationGates.Gate("h", 0.12f, List.of(fc2))));
 * }</pre>
 */
@NullMarked
package dev.coppice.prune.activation;

import org.jspecify.annotations.NullMarked;
