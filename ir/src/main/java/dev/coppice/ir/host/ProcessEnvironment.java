package dev.coppice.ir.host;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** The environment variables of this process as native libraries see them; {@code System.getenv} keeps showing those of the start. */
public final class ProcessEnvironment {

    private ProcessEnvironment() {}

    /**
     * Sets a variable unless the user has set it, before a library is loaded that reads it.
     *
     * @return false where the platform has no {@code setenv} (Windows)
     */
    @SuppressWarnings("restricted") // the launcher enables native access
    public static boolean preset(String name, String value) {
        var linker = Linker.nativeLinker();
        var found = linker.defaultLookup().find("setenv");
        if (found.isEmpty()) {
            return false;
        }
        var setenv = linker.downcallHandle(
                found.get(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            int failed = (int) setenv.invokeExact(arena.allocateFrom(name), arena.allocateFrom(value), 0);
            if (failed != 0) {
                throw new IllegalStateException("cannot set " + name);
            }
            return true;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
