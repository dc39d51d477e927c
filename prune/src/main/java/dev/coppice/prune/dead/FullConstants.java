package dev.coppice.prune.dead;

import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Remembers constants that hold a number other than zero at every index of every axis, so that versions of a model, which share most
 * constants, are not searched again and again. Thread-safe.
 */
public final class FullConstants {

    private final Map<TensorData, List<Long>> dims = Collections.synchronizedMap(new IdentityHashMap<>());

    boolean has(Tensor tensor) {
        return tensor.dims().equals(dims.get(tensor.data()));
    }

    /** Adds a constant, and what it was pruned from: fewer zeros leave no more indices empty. */
    void add(Tensor tensor) {
        dims.put(tensor.data(), tensor.dims());
        if (tensor.data() instanceof TensorData.Masked masked) {
            dims.put(masked.base(), tensor.dims());
        }
    }
}
