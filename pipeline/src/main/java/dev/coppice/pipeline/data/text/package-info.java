/**
 * Reads texts, pairs and windows of tokens.
 *
 * <p>In: files of texts, a tokenizer. Out: rows of token ids.
 *
 * <pre>{@code
 * var source = TextSource.open(spec, options);
 * }</pre>
 */
@NullMarked
package dev.coppice.pipeline.data.text;

import org.jspecify.annotations.NullMarked;
