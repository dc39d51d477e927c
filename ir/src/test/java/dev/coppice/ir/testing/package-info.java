/**
 * Locates the models and data sets that tests of every module read.
 *
 * <p>In goes a path relative to the folder of fetched data or of shared data; out comes the file, or the test is
 * skipped with a line that says how to fetch it. Published as the test-jar of coppice-ir.
 *
 * <pre>{@code
 * Path minilm = TestData.data("minilm/model.onnx");
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.testing;

import org.jspecify.annotations.NullMarked;
