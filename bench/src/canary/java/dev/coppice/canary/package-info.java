/** A canary in the null checker's mine: compiled by {@code NullAwayCanaryTest} only, and it must not survive. */
@NullMarked
package dev.coppice.canary;

import org.jspecify.annotations.NullMarked;
