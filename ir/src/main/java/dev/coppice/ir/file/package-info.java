/**
 * Files that are written: which ones may be, and how they appear, complete or not at all.
 *
 * <p>Goes in: a path and what is to be there. Comes out: the file under its name, or an error and nothing left behind.
 *
 * <pre>{@code
 * Outputs.requireWritable(page);
 * TemporaryFile.write(page, html);
 * }</pre>
 */
@NullMarked
package dev.coppice.ir.file;

import org.jspecify.annotations.NullMarked;
