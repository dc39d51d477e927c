/** See the architecture document. */
@NullMarked
package dev.coppice.pipeline;

import org.jspecify.annotations.NullMarked;
