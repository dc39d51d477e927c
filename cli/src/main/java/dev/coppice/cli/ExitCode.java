package dev.coppice.cli;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;

/** The exit codes of every command. */
final class ExitCode {

    static final int DONE = 0;
    static final int INTERNAL = 1;
    static final int USAGE = 2;
    static final int BAD_INPUT = 3;
    static final int NOT_REACHED = 4;
    /** As shells report the end by Ctrl-C: 128 + SIGINT. */
    static final int INTERRUPTED = 130;

    private ExitCode() {}

    static int of(CoppiceException failure) {
        return switch (failure) {
            case UsageException _ -> USAGE;
            case BadModelException _, BadInputException _ -> BAD_INPUT;
        };
    }
}
