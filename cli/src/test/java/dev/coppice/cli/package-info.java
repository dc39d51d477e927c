/**
 * Tests of the command line, run in this JVM as a user would run it.
 *
 * <p>In: arguments and model files in a temporary folder. Out: the exit code, stdout and stderr, and the files left.
 *
 * <pre>{@code
 * var outcome = Cli.run("inspect", model.toString(), "--json");
 * assertThat(outcome.code()).isZero();
 * }</pre>
 */
@NullMarked
package dev.coppice.cli;

import org.jspecify.annotations.NullMarked;
