/**
 * Measures what pruning does to a text recogniser: rendered lines of noisy text, character error rates before and after.
 *
 * <p>In: PP-OCRv4's recogniser with its dictionary, sentences, fonts. Out: lines as NumPy archives, pruned and distilled models, and a file
 * of results. {@code bench/ocr.sh} runs it.
 */
@NullMarked
package dev.coppice.bench.ocr;

import org.jspecify.annotations.NullMarked;
