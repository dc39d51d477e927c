package dev.coppice.train.torch;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.TensorData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a model as one flat tensor, their gradients as another, and a view into both for each weight.
 *
 * <p>One buffer makes an optimizer's step, clipping, averaging, masking and a checkpoint a handful of operations however many weights
 * there are. Matrices come first, so that weight decay concerns a prefix.
 */
public final class Weights implements AutoCloseable {

    /** One learnt constant: its name, the constant it was read from, and its place in the flat tensors. */
    public record Slice(String name, dev.coppice.ir.Tensor source, long offset, long size) {}

    private final Precision precision;
    private final List<Slice> slices;
    private final long decayed;
    private final Tensor values;
    private final Tensor gradients;
    private final Map<String, Tensor> bound = new LinkedHashMap<>();
    private final Map<String, dev.coppice.ir.Tensor> statistics = new LinkedHashMap<>();
    private @Nullable Tensor pruned;

    private Weights(Precision precision, List<Slice> slices, long decayed) {
        this.precision = precision;
        this.slices = slices;
        this.decayed = decayed;
        long size = slices.isEmpty()
                ? 0
                : slices.getLast().offset() + slices.getLast().size();
        var options = new TensorOptions(precision.of(DType.FLOAT));
        values = Scope.keep(torch.zeros(new long[] {size}, options));
        gradients = Scope.keep(torch.zeros(new long[] {size}, options));
    }

    /**
     * Copies the weights of a model that are to be learnt: those of products, convolutions and normalisations, and biases; embeddings
     * only when {@code embeddings} is set.
     *
     * @param frozen names that stay as they are
     * @throws BadModelException when nothing is left to learn
     */
    public static Weights of(Model model, Predicate<String> frozen, boolean embeddings) {
        var constants = Constants.of(model.graph());
        var roles = Trainables.of(model.graph());
        var names = new ArrayList<String>();
        roles.forEach((name, role) -> {
            if (role != Trainables.Role.STATISTIC
                    && (role != Trainables.Role.EMBEDDING || embeddings)
                    && !frozen.test(name)) {
                names.add(name);
            }
        });
        names.sort(Comparator.comparing(name -> roles.get(name) == Trainables.Role.VECTOR));
        if (names.isEmpty()) {
            throw new BadModelException(
                    "the model has no weight that can be trained",
                    "weights must be floating-point constants of the graph");
        }
        var slices = new ArrayList<Slice>();
        long offset = 0;
        long decayed = 0;
        boolean wide = false;
        for (var name : names) {
            var source = Objects.requireNonNull(constants.get(name));
            slices.add(new Slice(name, source, offset, source.size()));
            offset += source.size();
            decayed = roles.get(name) == Trainables.Role.VECTOR ? decayed : offset;
            wide |= source.type() == DType.DOUBLE;
        }
        var weights = new Weights(wide ? Precision.FLOAT64 : Precision.FLOAT32, List.copyOf(slices), decayed);
        roles.forEach((name, role) -> {
            if (role == Trainables.Role.STATISTIC) {
                weights.statistics.put(name, Objects.requireNonNull(constants.get(name)));
            }
        });
        weights.bind();
        return weights;
    }

    /**
     * Sets the weights to those of another version of the model; pruned ones become zero.
     *
     * @throws BadInputException when it lacks one, or has one of another shape
     */
    public void load(Model model) {
        var constants = Constants.of(model.graph());
        try (var _ = new Scope()) {
            for (var slice : slices) {
                var constant = constants.get(slice.name());
                if (constant == null || !constant.dims().equals(slice.source().dims())) {
                    throw new BadInputException(
                            "the model to rewind to has no weight " + slice.name() + " of shape "
                                    + slice.source().dims(),
                            "give an earlier state of the same model");
                }
                values.narrow(0, slice.offset(), slice.size())
                        .copy_(Tensors.copy(constant, precision).flatten());
            }
        }
        zeroPruned();
    }

    /** Sets the statistics that BatchNormalization keeps to those of another version of the model, which has them all. */
    public void loadStatistics(Model model) {
        var constants = Constants.of(model.graph());
        try (var _ = new Scope()) {
            statistics()
                    .forEach((name, tensor) ->
                            tensor.copy_(Tensors.copy(Objects.requireNonNull(constants.get(name), name), precision)));
        }
    }

    /** Returns the names of all constants of a model that could be learnt. */
    public static Set<String> names(Model model) {
        return Trainables.of(model.graph()).keySet();
    }

    private void bind() {
        try (var _ = new Scope()) {
            for (var slice : slices) {
                var sizes = Tensors.sizes(slice.source().dims());
                var leaf = values.narrow(0, slice.offset(), slice.size())
                        .view(sizes)
                        .detach();
                leaf.copy_(Tensors.copy(slice.source(), precision));
                leaf.set_requires_grad(true);
                leaf.mutable_grad()
                        .put(gradients.narrow(0, slice.offset(), slice.size()).view(sizes));
                bound.put(slice.name(), Scope.keep(leaf));
            }
            statistics.forEach((name, tensor) -> bound.put(name, Scope.keep(Tensors.copy(tensor, precision))));
        }
    }

    /** Returns the tensors that a {@link TorchGraph} is to compute with, by name: learnt ones and BatchNormalization's statistics. */
    public Map<String, Tensor> bound() {
        return Map.copyOf(bound);
    }

    /** Returns where each learnt constant lies, matrices first. */
    public List<Slice> slices() {
        return slices;
    }

    /** Returns the statistics that BatchNormalization keeps, by name. */
    public Map<String, Tensor> statistics() {
        var kept = new LinkedHashMap<String, Tensor>();
        statistics.keySet().forEach(name -> kept.put(name, Objects.requireNonNull(bound.get(name))));
        return kept;
    }

    public Precision precision() {
        return precision;
    }

    /** Returns all weights, [size]; whoever changes them calls {@link #zeroPruned} before the next step. */
    public Tensor values() {
        return values;
    }

    /** Returns all gradients, [size]; backward adds to them. */
    public Tensor gradients() {
        return gradients;
    }

    /** Returns how many of the first weights are subject to weight decay. */
    public long decayed() {
        return decayed;
    }

    public long size() {
        return values.numel();
    }

    /**
     * Takes over the masks of a pruned version of the model; weights without one are free again.
     *
     * @param model a version of the model in which pruned constants are {@link TensorData.Masked}
     */
    public void mask(Model model) {
        unmask();
        var constants = Constants.of(model.graph());
        try (var _ = new Scope()) {
            var all = torch.zeros(new long[] {size()}, new TensorOptions(ScalarType.Bool));
            boolean any = false;
            for (var slice : slices) {
                var constant = constants.get(slice.name());
                if (constant != null && constant.data() instanceof TensorData.Masked(var _, var mask)) {
                    all.narrow(0, slice.offset(), slice.size()).copy_(Tensors.pruned(mask, List.of(slice.size())));
                    any = true;
                }
            }
            pruned = any ? Scope.keep(all) : null;
        }
        zeroPruned();
    }

    /** Returns the names of constants that a version of the model masks but that are not learnt here. */
    public List<String> untrainedMasks(Model model) {
        var learnt = slices.stream().map(Slice::name).collect(Collectors.toSet());
        return Constants.of(model.graph()).entrySet().stream()
                .filter(entry ->
                        entry.getValue().data() instanceof TensorData.Masked && !learnt.contains(entry.getKey()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Takes over masks that were saved, [size] of booleans; none when null. */
    public void pruned(dev.coppice.ir.@Nullable Tensor saved) {
        unmask();
        if (saved != null) {
            if (saved.size() != size()) {
                throw new BadInputException(
                        "masks of " + saved.size() + " for " + size() + " weights", "it is another model's state");
            }
            try (var _ = new Scope()) {
                pruned = Scope.keep(Tensors.copy(saved, precision));
            }
        }
    }

    /** Lets every weight be learnt again; what was pruned starts from zero. */
    public void unmask() {
        if (pruned != null) {
            Scope.free(pruned);
            pruned = null;
        }
    }

    /** Returns which weights are pruned, [size] of booleans; null when none is masked. */
    public @Nullable Tensor pruned() {
        return pruned;
    }

    /** Sets pruned weights to exactly zero. */
    public void zeroPruned() {
        if (pruned != null) {
            try (var _ = new Scope()) {
                values.masked_fill_(pruned, Call.scalar(0));
            }
        }
    }

    /** Returns the share of zeros among the weights. */
    public double sparsity() {
        try (var _ = new Scope()) {
            return 1 - (double) values.count_nonzero().item_long() / size();
        }
    }

    /**
     * Returns the model with the present weights and statistics, in the types in which it stores them. float32 and float64 weights are
     * not copied: the result is to be used up before the next step, and not after {@link #close}.
     */
    public Model into(Model model) {
        return into(model, values, false);
    }

    /** Returns the model with {@code flat}, [size], for weights, and the present statistics, in memory of its own. */
    public Model copiedInto(Model model, Tensor flat) {
        return into(model, flat, true);
    }

    private Model into(Model model, Tensor flat, boolean copied) {
        var constants = Constants.of(model.graph());
        var replaced = new IdentityHashMap<dev.coppice.ir.Tensor, TensorData>();
        var memory = Tensors.segment(flat);
        long width = precision == Precision.FLOAT64 ? 8 : 4;
        for (var slice : slices) {
            var constant = constants.get(slice.name());
            if (constant != null) {
                var bytes = memory.asSlice(slice.offset() * width, slice.size() * width);
                replaced.put(constant, stored(bytes, constant, copied));
            }
        }
        statistics().forEach((name, tensor) -> {
            var constant = constants.get(name);
            if (constant != null) {
                replaced.put(constant, stored(Tensors.segment(tensor), constant, copied));
            }
        });
        return model.mapTensors(tensor -> {
            var data = replaced.get(tensor);
            return data == null ? tensor : tensor.withData(data);
        });
    }

    /** Returns computed numbers in the type in which {@code like} is stored, rounded to nearest. */
    private TensorData stored(MemorySegment computed, dev.coppice.ir.Tensor like, boolean copied) {
        if (precision.of(like.type()) == Precision.stored(like.type())) {
            return new TensorData.Bytes(
                    copied ? Arena.ofAuto().allocate(computed.byteSize(), 8).copyFrom(computed) : computed);
        }
        int count = Math.toIntExact(like.size());
        int width = like.type().bits() / 8;
        var bytes = Arena.ofAuto().allocate(Math.max(1, (long) count * width), 8);
        for (int i = 0; i < count; i++) {
            float value = precision == Precision.FLOAT64
                    ? (float) computed.getAtIndex(ValueLayout.JAVA_DOUBLE, i)
                    : computed.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            switch (like.type()) {
                case FLOAT -> bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
                case FLOAT16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(value));
                case BFLOAT16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, bfloat16(value));
                default -> throw new IllegalStateException("no weights of type " + like.type());
            }
        }
        return new TensorData.Bytes(bytes);
    }

    /** Rounds to the nearest bfloat16, ties to even. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }

    @Override
    public void close() {
        unmask();
        bound.values().forEach(Scope::free);
        bound.clear();
        Scope.free(gradients);
        Scope.free(values);
    }
}
