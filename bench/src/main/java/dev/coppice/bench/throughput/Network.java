package dev.coppice.bench.throughput;

import dev.coppice.train.torch.Scope;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** A forward pass as a programmer of libtorch writes it: the calls that the graph comes down to, without one. */
interface Network {

    /** Returns the logits or token vectors. */
    Tensor forward(Map<String, Tensor> inputs, Parameters parameters);

    /** Returns a batch of images with their channels innermost in memory, which libtorch is fastest with. */
    static Tensor images(Map<String, Tensor> inputs) {
        var x = inputs.values().iterator().next(); // [N,C,H,W]
        return x.to(x.options(), false, false, new MemoryFormatOptional(torch.MemoryFormat.ChannelsLast));
    }

    /** Computes a part of the network and frees what it leaves behind, as leaving a function does in C++. */
    static Tensor part(Supplier<Tensor> computation) {
        try (var scope = new Scope()) {
            return scope.out(computation.get());
        }
    }

    /** Tensors by their name in the model. */
    record Parameters(Map<String, Tensor> tensors) {
        Tensor get(String name) {
            return Objects.requireNonNull(tensors.get(name), name);
        }

        TensorOptional optional(String name) {
            return new TensorOptional(get(name));
        }
    }
}
