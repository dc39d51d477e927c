package dev.coppice.runtime.ort;

import dev.coppice.ir.UsageException;

/**
 * How a session computes.
 *
 * @param threads threads inside one operator, the caller's included; at least 1
 * @param spinning whether idle pool threads busy-wait; several spinning sessions in one process measure each other
 * @param optimization how much ONNX Runtime may rewrite the graph
 */
public record OrtOptions(int threads, boolean spinning, Optimization optimization) {

    /** ONNX Runtime's levels of graph rewriting. */
    public enum Optimization {
        NONE,
        BASIC,
        EXTENDED,
        ALL
    }

    public OrtOptions {
        if (threads < 1) {
            throw new UsageException("cannot compute with " + threads + " threads", "give 1 or more threads");
        }
    }

    /** Returns one thread, no spinning, every optimization. */
    public static OrtOptions defaults() {
        return new OrtOptions(1, false, Optimization.ALL);
    }

    public OrtOptions withThreads(int newThreads) {
        return new OrtOptions(newThreads, spinning, optimization);
    }

    public OrtOptions withOptimization(Optimization level) {
        return new OrtOptions(threads, spinning, level);
    }
}
