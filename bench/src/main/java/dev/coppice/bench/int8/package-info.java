/**
 * Measures static int8: quality and latency beside the float model, on real data.
 *
 * <p>In: models and data that {@code bench/int8.sh} fetches. Out: figures by case and way of calibration, as JSON and as a page.
 *
 * <pre>{@code
 * java dev.coppice.bench.int8.StaticExperiment data ../shared data/experiments/int8 bench/results/static-int8.json 1 'resnet20/mse'
 * }</pre>
 */
@NullMarked
package dev.coppice.bench.int8;

import org.jspecify.annotations.NullMarked;
