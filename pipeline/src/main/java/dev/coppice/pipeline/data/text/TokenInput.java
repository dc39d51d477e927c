package dev.coppice.pipeline.data.text;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.file.TensorMemory;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A language model's inputs by their customary names: token ids, attention mask, token types, positions. */
public final class TokenInput {

    private final List<Slot> slots;

    /** What an integer input of shape [batch, length] holds. */
    public enum Role {
        IDS,
        MASK,
        TYPES,
        POSITIONS
    }

    private record Slot(ValueInfo input, Role role) {}

    private TokenInput(List<Slot> slots) {
        this.slots = List.copyOf(slots);
    }

    /**
     * Looks at a model's inputs.
     *
     * @throws BadInputException when one is unknown or no integer tensor of rank 2
     */
    public static TokenInput of(List<ValueInfo> inputs) {
        var slots = new ArrayList<Slot>();
        for (var input : inputs) {
            slots.add(
                    new Slot(
                            input,
                            role(input)
                                    .orElseThrow(
                                            () -> new BadInputException(
                                                    "the model's input '" + input.name() + "' (" + input.type() + " "
                                                            + input.shape() + ") is none that tokens can feed",
                                                    "input_ids, attention_mask, token_type_ids and position_ids are; give others as npz:FILE"))));
        }
        if (slots.stream().noneMatch(s -> s.role() == Role.IDS)) {
            throw new BadInputException("the model has no input for token ids", "its name should contain input_ids");
        }
        return new TokenInput(slots);
    }

    /** Tells an input's role from its name, if it is an integer tensor of rank 2. */
    public static Optional<Role> role(ValueInfo input) {
        boolean integers = input.type() == DType.INT64 || input.type() == DType.INT32;
        var shape = input.shape();
        if (!integers || (shape != null && shape.rank() != 2)) {
            return Optional.empty();
        }
        var name = input.name().toLowerCase(Locale.ROOT);
        if (name.contains("mask")) {
            return Optional.of(Role.MASK);
        }
        if (name.contains("type") || name.contains("segment")) {
            return Optional.of(Role.TYPES);
        }
        if (name.contains("position")) {
            return Optional.of(Role.POSITIONS);
        }
        return name.contains("ids") || name.contains("token") ? Optional.of(Role.IDS) : Optional.empty();
    }

    /** Says whether padding can be hidden from the model. */
    public boolean hasMask() {
        return slots.stream().anyMatch(s -> s.role() == Role.MASK);
    }

    /** Returns the batch size that the model insists on, or 0. */
    public int fixedBatch() {
        return fixed(0);
    }

    /** Returns the sequence length that the model insists on, or 0. */
    public int fixedLength() {
        return fixed(1);
    }

    private int fixed(int axis) {
        for (var slot : slots) {
            var shape = slot.input().shape();
            if (shape != null && shape.dim(axis) instanceof Dim.Known(long size)) {
                return Math.toIntExact(size);
            }
        }
        return 0;
    }

    /** Returns tensors of [batch, longest sequence], padded at the right with id 0; a fixed batch repeats the last sequence. */
    public Map<String, HostTensor> collate(List<long[]> sequences, TensorMemory memory) {
        int batch = fixedBatch() > 0 ? fixedBatch() : sequences.size();
        int length = fixedLength() > 0
                ? fixedLength()
                : sequences.stream().mapToInt(s -> s.length).max().orElse(0);
        var tensors = new LinkedHashMap<String, HostTensor>();
        for (var slot : slots) {
            var values = new long[batch * length];
            for (int n = 0; n < batch; n++) {
                var ids = sequences.get(Math.min(n, sequences.size() - 1));
                if (ids.length > length) {
                    throw new BadInputException(
                            "a sequence of " + ids.length + " tokens for a model of " + length + " positions",
                            "give shorter windows");
                }
                fill(slot.role(), ids, values, n * length, length);
            }
            tensors.put(slot.input().name(), tensor(memory, slot.input().type(), values, batch, length));
        }
        return tensors;
    }

    private static void fill(Role role, long[] ids, long[] values, int offset, int length) {
        for (int i = 0; i < length; i++) {
            boolean real = i < ids.length;
            values[offset + i] = switch (role) {
                case IDS -> real ? ids[i] : 0;
                case MASK -> real ? 1 : 0;
                case TYPES -> 0;
                case POSITIONS -> i;
            };
        }
    }

    private static HostTensor tensor(TensorMemory memory, @Nullable DType type, long[] values, int batch, int length) {
        if (type != DType.INT32) {
            var tensor = memory.allocate(DType.INT64, batch, length);
            tensor.buffer().asLongBuffer().put(values);
            return tensor;
        }
        var tensor = memory.allocate(DType.INT32, batch, length);
        var target = tensor.buffer();
        for (long value : values) {
            target.putInt(Math.toIntExact(value));
        }
        return tensor;
    }
}
