/** Files of results that several experiments write. */
@NullMarked
package dev.coppice.bench.results;

import org.jspecify.annotations.NullMarked;
