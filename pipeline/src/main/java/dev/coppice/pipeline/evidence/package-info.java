/**
 * Collects what criteria and repairs must know of a model on data, by running it in ONNX Runtime.
 *
 * <p>In: a model, the names of values to observe, calibration data. Out: energies of activations, and models whose remaining weights have
 * been fitted to the dense model's outputs.
 *
 * <pre>{@code
 * var data = new CalibrationData(spec, options, inputs, 256);
 * var energies = Energies.observe(model, flows, data, threads, progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.evidence;

import org.jspecify.annotations.NullMarked;
