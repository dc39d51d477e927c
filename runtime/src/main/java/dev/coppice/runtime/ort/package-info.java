/** See the architecture document. */
@NullMarked
package dev.coppice.runtime.ort;

import org.jspecify.annotations.NullMarked;
