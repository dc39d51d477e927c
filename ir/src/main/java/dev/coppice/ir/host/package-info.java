/**
 * Meets the process and the machine where Coppice runs: environment variables that native libraries read
 * ({@link dev.coppice.ir.host.ProcessEnvironment}) and folders for files that must not outlive the process
 * ({@link dev.coppice.ir.host.TemporaryFolder}).
 *
 * <p>In: names and values. Out: what the siblings {@code runtime} and {@code train} load their natives with.
 *
 * <pre>{@code
 * ProcessEnvironment.preset("ORT_DISABLE_TELEMETRY", "1");
 * try (var folder = TemporaryFolder.make("model")) {
 *     OnnxWriter.write(model, folder.file("model.onnx"));
 * }
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.host;

import org.jspecify.annotations.NullMarked;
