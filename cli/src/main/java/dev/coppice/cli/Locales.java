package dev.coppice.cli;

import java.nio.charset.Charset;
import java.util.List;

/** Watches that file names arrive as they were typed: the JVM reads and writes them in the locale's charset, which may know ASCII only. */
final class Locales {

    /** What the JVM puts in place of a byte that the charset does not know. */
    private static final char UNKNOWN = '\uFFFD';

    private Locales() {}

    /** Says whether an argument has lost characters. */
    static boolean damaged(String... arguments) {
        return List.of(arguments).stream().anyMatch(argument -> argument.indexOf(UNKNOWN) >= 0);
    }

    /** Says what to do about a name that the charset does not know. */
    static String hint() {
        return "file names are in " + Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"))
                + " here: set LC_ALL=C.UTF-8, as ./coppice does where there is no locale";
    }
}
