/**
 * Runs the cells of a grid that are not finished yet.
 *
 * <p>In: {@link dev.coppice.pipeline.workers.Cells}, and a {@link dev.coppice.pipeline.workers.CellLog} of those that an earlier run has
 * finished. Out: the results of all. Who runs them is behind {@link dev.coppice.pipeline.workers.Workers}: threads of this process here.
 *
 * <pre>{@code
 * var outcome = CellRun.run("measure", cells, list, Optional.of(log), new LocalWorkers(threads), progress);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.workers;

import org.jspecify.annotations.NullMarked;
