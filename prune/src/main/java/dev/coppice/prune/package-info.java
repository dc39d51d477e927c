/** See the architecture document. */
@NullMarked
package dev.coppice.prune;

import org.jspecify.annotations.NullMarked;
