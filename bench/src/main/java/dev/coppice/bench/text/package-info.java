/**
 * Makes text for distillation from fetched corpora.
 *
 * <p>In: the folder data/text. Out: a file with a sentence a line.
 */
@NullMarked
package dev.coppice.bench.text;

import org.jspecify.annotations.NullMarked;
