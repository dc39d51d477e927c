/**
 * The command line: one class per command, and the only place that writes to stdout.
 *
 * <p>In come arguments, out go text for people or, with {@code --json}, one JSON document on stdout; progress and errors go
 * to stderr, and the exit code says how it ended. Commands parse, call {@code dev.coppice.pipeline} and print; they decide
 * nothing about models.
 *
 * <p>Example: {@code coppice --help}
 */
@NullMarked
package dev.coppice.cli;

import org.jspecify.annotations.NullMarked;
