/**
 * Measures steps of training against the same libtorch operations called directly; bench/train-throughput.sh runs it.
 *
 * <p>In: a workload and a number of threads. Out: the time of every counted step, as one line of JSON.
 */
@NullMarked
package dev.coppice.bench.throughput;

import org.jspecify.annotations.NullMarked;
