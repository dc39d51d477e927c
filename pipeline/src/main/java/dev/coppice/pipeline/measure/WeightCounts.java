package dev.coppice.pipeline.measure;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.dead.DeadWeights;
import dev.coppice.prune.dead.FullConstants;
import dev.coppice.prune.quantize.QuantizedWeights;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Counts the parameters of models: all floating-point constants (weights, embeddings, biases, constants of nodes and bodies), and
 * the integer weights of quantized layers, without their scales; each stored tensor once. What several versions of a model share is
 * read once.
 */
public final class WeightCounts {

    private static final int STEP = 1 << 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Parallel parallel;
    private final FullConstants full = new FullConstants();
    private final Map<TensorData, Long> known = Collections.synchronizedMap(new IdentityHashMap<>());

    /**
     * The totals of one model.
     *
     * @param parameters elements of all of them
     * @param nonZeros those that are not zero
     * @param effective those of them that can still influence an output, as far as is certain of the others
     * @param packedBytes bytes if each constant were stored as it is, or as a bitmask and its non-zero values, whichever is less
     */
    public record Totals(long parameters, long nonZeros, long effective, long packedBytes) {}

    public WeightCounts(Parallel parallel) {
        this.parallel = parallel;
    }

    public Totals of(Model model) {
        Set<Tensor> tensors = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(model.graph(), tensors);
        tensors.removeIf(tensor -> !tensor.type().prunable());
        var quantized = QuantizedWeights.of(model.graph());
        tensors.removeAll(quantized.scales());
        for (var weight : quantized.weights()) {
            // Where there is more than one zero point, no value is surely zero.
            tensors.add(weight.source());
            known.computeIfAbsent(weight.source().data(), _ -> nonZeros(weight));
        }
        parallel.map(List.copyOf(tensors), this::nonZeros);
        long parameters = 0;
        long nonZeros = 0;
        long packed = 0;
        for (var tensor : tensors) {
            long count = nonZeros(tensor);
            parameters += tensor.size();
            nonZeros += count;
            packed += Math.min(
                    tensor.byteSize(),
                    Math.ceilDiv(tensor.size(), 8L) + tensor.type().bytes(count));
        }
        for (var sparse : sparse(model.graph())) {
            long count = nonZeros(sparse.values());
            parameters += sparse.size();
            nonZeros += count;
            packed += sparse.values().byteSize() + sparse.indices().byteSize();
        }
        return new Totals(parameters, nonZeros, nonZeros - ineffective(model), packed);
    }

    private long ineffective(Model model) {
        try {
            return DeadWeights.ineffective(model, full, parallel);
        } catch (BadModelException e) {
            // Shapes that contradict each other: nothing is certain, so that every weight counts.
            return 0;
        }
    }

    /** Returns how many of a quantized weight's elements stand for something other than zero. */
    static long nonZeros(QuantizedWeights.Stored weight) {
        var bytes = Elements.bytes(weight.source());
        long size = weight.source().size();
        if (weight.zeroPoint().isEmpty()) {
            return size;
        }
        byte zero = weight.zeroPoint().get().byteValue();
        long count = 0;
        for (long i = 0; i < size; i++) {
            count += bytes.get(ValueLayout.JAVA_BYTE, i) == zero ? 0 : 1;
        }
        return count;
    }

    /** Returns how many elements are not zero, of a floating-point tensor, or of a quantized weight of a model counted before. */
    public long nonZeros(Tensor tensor) {
        Long count = known.get(tensor.data());
        return count == null ? count(tensor) : count;
    }

    /** Returns the floating-point constants that are stored as their non-zero elements, those of bodies, too. */
    private static List<SparseTensor> sparse(Graph graph) {
        var own = graph.sparseInitializers().stream()
                .filter(tensor -> tensor.values().type().prunable());
        var inner =
                graph.nodes().stream().flatMap(node -> node.bodies().stream()).flatMap(body -> sparse(body).stream());
        return Stream.concat(own, inner).toList();
    }

    private static void collect(Graph graph, Set<Tensor> into) {
        into.addAll(graph.initializers());
        for (var node : graph.nodes()) {
            for (var attribute : node.attributes()) {
                if (attribute.value() instanceof Attribute.TensorValue(var tensor)) {
                    into.add(tensor);
                }
            }
            node.bodies().forEach(body -> collect(body, into));
        }
    }

    /** Counts a tensor; a masked one in the same pass without its mask, too, as another version of the model has it. */
    private long count(Tensor tensor) {
        var bytes = Elements.bytes(tensor);
        var masked = tensor.data() instanceof TensorData.Masked data ? data : null;
        var steps = new int[(int) Math.min(STEP, tensor.size())];
        long stored = 0;
        long pruned = 0;
        for (long from = 0; from < tensor.size(); from += STEP) {
            int length = (int) Math.min(STEP, tensor.size() - from);
            switch (tensor.type().bits()) {
                case Short.SIZE -> shorts(bytes, from, steps, length);
                case Long.SIZE -> longs(bytes, from, steps, length);
                default -> MemorySegment.copy(bytes, INT, from * Float.BYTES, steps, 0, length);
            }
            stored += count(steps, length);
            pruned += masked == null ? 0 : countPruned(steps, masked.mask(), from, length);
            release(bytes, tensor.type().bytes(from), tensor.type().bytes(length));
        }
        if (masked != null) {
            known.put(masked.base(), stored);
        }
        known.put(tensor.data(), stored - pruned);
        return stored - pruned;
    }

    /** Keeps the resident memory small: pages of the mapped model that have been counted may go. */
    private static void release(MemorySegment bytes, long from, long length) {
        if (bytes.isMapped()) {
            bytes.asSlice(from, length).unload();
        }
    }

    /** Counts the elements whose bits other than the sign are not all zero. */
    private static int count(int[] bits, int length) {
        int count = 0;
        for (int i = 0; i < length; i++) {
            int magnitude = bits[i] << 1;
            count += (magnitude | -magnitude) >>> 31;
        }
        return count;
    }

    /** Counts those of them that the mask prunes. */
    private static int countPruned(int[] bits, Mask mask, long from, int length) {
        int count = 0;
        for (int i = 0; i < length; i += Long.SIZE) {
            long pruned = mask.word((int) ((from + i) >>> 6));
            int end = Math.min(length, i + Long.SIZE);
            for (int at = i; at < end; at++) {
                int magnitude = bits[at] << 1;
                count += (magnitude | -magnitude) >>> 31 & (int) pruned;
                pruned >>>= 1;
            }
        }
        return count;
    }

    private static void shorts(MemorySegment bytes, long from, int[] into, int length) {
        for (int i = 0; i < length; i++) {
            into[i] = bytes.get(SHORT, (from + i) * Short.BYTES) << 16;
        }
    }

    /** Folds 64 bits into 32 so that only zero becomes zero, apart from the sign. */
    private static void longs(MemorySegment bytes, long from, int[] into, int length) {
        for (int i = 0; i < length; i++) {
            long magnitude = bytes.get(LONG, (from + i) * Long.BYTES) << 1;
            into[i] = (int) ((magnitude | -magnitude) >>> 63);
        }
    }
}
