package dev.coppice.pipeline.arch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;

/** The constants of a network under construction; each method adds one and returns its name. */
final class InitialWeights {

    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** How a layer's weights are drawn. */
    enum Init {
        /**
         * Normal with variance 2 / fanIn: keeps the variance of activations through layers followed by ReLU (He et al.,
         * "Delving Deep into Rectifiers", 2015, section 2.2).
         */
        KAIMING,
        /**
         * Uniform with variance 2 / (fanIn + fanOut): the same for layers without ReLU, forwards and backwards (Glorot and
         * Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010, section 4.2.1).
         */
        XAVIER
    }

    private final Random random;
    private final List<Tensor> tensors = new ArrayList<>();

    InitialWeights(long seed) {
        random = new Random(seed);
    }

    List<Tensor> tensors() {
        return tensors;
    }

    /** Draws a weight of [out, in, ...]; what follows the two is the window, which counts for both fans. */
    String draw(String name, Init init, long... dims) {
        long window = Arrays.stream(dims, 2, dims.length).reduce(1, Math::multiplyExact);
        double fanOut = (double) (dims[0] * window);
        double fanIn = (double) (dims[1] * window);
        return switch (init) {
            case KAIMING -> {
                double deviation = Math.sqrt(2 / fanIn);
                yield floats(name, () -> deviation * random.nextGaussian(), dims);
            }
            case XAVIER -> {
                double bound = Math.sqrt(6 / (fanIn + fanOut));
                yield floats(name, () -> bound * (2 * random.nextDouble() - 1), dims);
            }
        };
    }

    /** Adds a vector of equal values. */
    String fill(String name, double value, long length) {
        return floats(name, () -> value, length);
    }

    private String floats(String name, DoubleSupplier next, long... dims) {
        var sizes = Arrays.stream(dims).boxed().toList();
        long count = sizes.stream().reduce(1L, Math::multiplyExact);
        var values = MemorySegment.ofArray(new byte[Math.toIntExact(count * Float.BYTES)]);
        for (long i = 0; i < count; i++) {
            values.set(FLOAT, i * Float.BYTES, (float) next.getAsDouble());
        }
        tensors.add(Tensor.of(name, DType.FLOAT, sizes, new TensorData.Bytes(values)));
        return name;
    }

    /** Adds a vector of int64, as operators take for axes and sizes. */
    String integers(String name, long... values) {
        var segment = MemorySegment.ofArray(new byte[values.length * Long.BYTES]);
        for (int i = 0; i < values.length; i++) {
            segment.set(LONG, (long) i * Long.BYTES, values[i]);
        }
        tensors.add(Tensor.of(name, DType.INT64, List.of((long) values.length), new TensorData.Bytes(segment)));
        return name;
    }
}
