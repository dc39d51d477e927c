/**
 * Lets long work say how far it has come.
 *
 * <p>In: reports from the working thread. Out: whatever the listener makes of them; the command line draws them on a terminal.
 *
 * <pre>{@code
 * progress.update("evaluate", done, total, "samples");
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.progress;

import org.jspecify.annotations.NullMarked;
