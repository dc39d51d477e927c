/**
 * Keeps a run on disk: its directory, its lock, its seal, and where all came from.
 *
 * <p>In: recipes, and what a run leaves. Out: files of a run directory, which it goes on from.
 *
 * <pre>{@code
 * var directory = RunDirectory.at(Path.of("runs/a"));
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.run;

import org.jspecify.annotations.NullMarked;
