package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Graph;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Finds new values for a layer, or for several that share a weight, by what it sees of calibration data: values of the model whose
 * earlier layers are changed already, and those of the dense model that they are to come close to. {@link Reconstruction} drives it; a
 * new way to repair is an implementation of this.
 */
interface LayerSolver {

    /** Returns the values of the changed model that it looks at. */
    List<String> observed();

    /** Returns the values of the dense model that it looks at. */
    List<String> targets();

    /**
     * Takes in what both models say to a batch.
     *
     * @param actual values of the changed model by name
     * @param targets values of the dense model by name
     * @param seeds of draws among positions; the same order of calls gives the same ones
     */
    void observe(Batch batch, Map<String, HostTensor> actual, Map<String, HostTensor> targets, LongSupplier seeds);

    /** Puts the new values into {@code changed}, by the names of their constants. */
    void solve(Graph graph, Map<String, float[]> changed);

    /** Returns how many layers it changes. */
    int layers();
}
