/** See the architecture document. */
@NullMarked
package dev.coppice.bench;

import org.jspecify.annotations.NullMarked;
