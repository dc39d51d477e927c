/**
 * Reads the files that data is in, format by format: npy, npz, CSV, the headers of pictures.
 *
 * <p>In: paths. Out: arrays, records, and typed errors that name file and place.
 *
 * <pre>{@code
 * var arrays = NpzArrays.open(Path.of("train.npz"));
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.data.file;

import org.jspecify.annotations.NullMarked;
