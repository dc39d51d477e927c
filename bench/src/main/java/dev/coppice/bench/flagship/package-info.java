/**
 * The flagship: MiniLM cut, distilled and made int8, quality against latency and size.
 *
 * <p>In: the dense model and the cut ones of {@code bench/structured.sh}. Out: {@code bench/results/flagship.json}, a page and a plot.
 *
 * <pre>bench/flagship.sh</pre>
 */
@NullMarked
package dev.coppice.bench.flagship;

import org.jspecify.annotations.NullMarked;
