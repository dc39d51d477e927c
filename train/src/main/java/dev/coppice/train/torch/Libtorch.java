package dev.coppice.train.torch;

import dev.coppice.ir.host.ProcessEnvironment;
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
        ProcessEnvironment.preset("GOMP_SPINCOUNT", "2000");
        // 2^10 cycles instead of 2^26: OpenBLAS's threads sleep at once.
        ProcessEnvironment.preset("OPENBLAS_THREAD_TIMEOUT", "10");
    }
}
