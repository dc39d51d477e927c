package dev.coppice.pipeline.data.file;

import dev.coppice.ir.DType;
import dev.coppice.runtime.ort.HostTensor;

/** Gives memory to the tensors of a batch: {@code HostTensor::allocate}, or an arena that frees it at a known time. */
@FunctionalInterface
public interface TensorMemory {

    /** Returns a tensor of zeros. */
    HostTensor allocate(DType type, long... dims);
}
