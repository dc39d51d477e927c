package dev.coppice.train.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.presets.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/**
 * Loads libtorch once, with its two thread pools kept from spinning against each other.
 *
 * <p>The build has a pool of libgomp (libtorch's own loops) and one of OpenBLAS (matrix products). Idle threads of either spin for a
 * while and take the cores from the other: two threads then are slower than one. Both pools read the environment when their library
 * is loaded, so it is set from inside the process before that; a value that the user has set stays.
 */
public final class Libtorch {

    private static boolean loaded;

    private Libtorch() {}

    /**
     * Loads the native libraries when that has not been done and sets the number of threads of both pools.
     *
     * @throws IllegalStateException when this platform's native libraries are not on the class path
     */
    public static synchronized void use(int threads) {
        if (!loaded) {
            // Freed by scopes only: a garbage collector cannot know how heavy a tensor is.
            System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
            System.setProperty("org.bytedeco.javacpp.maxbytes", "0");
            System.setProperty("org.bytedeco.javacpp.maxphysicalbytes", "0");
            keepFromSpinning();
            try {
                Loader.load(torch.class);
            } catch (UnsatisfiedLinkError e) {
                throw new IllegalStateException(
                        "libtorch does not load on " + Loader.Detector.getPlatform() + ": " + e.getMessage(), e);
            }
            loaded = true;
        }
        if (torch.get_num_threads() != threads) {
            torch.set_num_threads(threads);
        }
        // Its own pool, which libtorch's setting does not reach: it would always use every core, and wait for busy
        // ones.
        openblas_nolapack.blas_set_num_threads(threads);
    }

    private static void keepFromSpinning() {
        // Some 100 µs, enough for the gap between two operations of a network; libgomp's own 300,000 take a core away
        // from OpenBLAS's thread.
        setEnvironment("GOMP_SPINCOUNT", "2000");
        // 2^10 cycles instead of 2^26: OpenBLAS's threads sleep at once.
        setEnvironment("OPENBLAS_THREAD_TIMEOUT", "10");
    }

    /** Sets a variable where native code sees it; {@code System.getenv} keeps showing the old value. */
    @SuppressWarnings("restricted") // the launcher enables native access
    private static void setEnvironment(String name, String value) {
        var linker = Linker.nativeLinker();
        var found = linker.defaultLookup().find("setenv");
        if (found.isEmpty()) {
            return; // Windows: its runtime has no setenv, and its OpenMP is another one.
        }
        var setenv = linker.downcallHandle(
                found.get(),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        try (var arena = Arena.ofConfined()) {
            MemorySegment nativeName = arena.allocateFrom(name);
            int failed = (int) setenv.invokeExact(nativeName, arena.allocateFrom(value), 0);
            if (failed != 0) {
                throw new IllegalStateException("cannot set " + name);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
