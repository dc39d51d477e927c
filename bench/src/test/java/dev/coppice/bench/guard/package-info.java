/**
 * The project's borders and budgets as tests: what may depend on what, how long things may get, and that the null checker
 * bites.
 *
 * <p>In come the compiled classes and the sources of all modules, out come failures that name class or line. The limits
 * themselves are argued in CONTRIBUTING.md.
 *
 * <p>Example: {@code mvn -pl bench -am test -Dtest='BordersTest' -Dsurefire.failIfNoSpecifiedTests=false}
 */
@NullMarked
package dev.coppice.bench.guard;

import org.jspecify.annotations.NullMarked;
