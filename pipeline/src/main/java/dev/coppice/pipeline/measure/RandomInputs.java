package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.text.TokenInput;
import dev.coppice.pipeline.measure.CustomaryShapes.Customary;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** Draws seeded inputs for models without data. Sizes that a model leaves open are reported by the tensors drawn. */
public final class RandomInputs {

    /** How many ids a vocabulary is taken to have: what those of texts have, what toys have, and counts of steps. */
    private static final List<Integer> VOCABULARIES = List.of(100, 8, 4, 2);

    /** 1 GiB of float32. */
    private static final long MOST_ELEMENTS = 1 << 28;

    private static final String SHAPE_HINT =
            "give NAME=SIZExSIZE..., as in x=1x3x48x320, of at most " + MOST_ELEMENTS + " elements";

    private RandomInputs() {}

    /**
     * Reads shapes such as {@code x=1x3x48x320}.
     *
     * @throws UsageException when one has another form
     */
    public static Map<String, List<Long>> parseShapes(List<String> texts) {
        var shapes = new LinkedHashMap<String, List<Long>>();
        for (var text : texts) {
            int equals = text.lastIndexOf('=');
            try {
                var dims = new ArrayList<Long>();
                for (var part : text.substring(equals + 1).split("x", -1)) {
                    dims.add((long) Integer.parseInt(part));
                }
                boolean holdable = dims.stream().allMatch(dim -> dim >= 0)
                        && dims.stream().reduce(1L, Math::multiplyExact) <= MOST_ELEMENTS;
                if (equals > 0 && holdable) {
                    shapes.put(text.substring(0, equals), List.copyOf(dims));
                    continue;
                }
            } catch (NumberFormatException | ArithmeticException e) {
                throw new UsageException("cannot read the shape '" + text + "'", SHAPE_HINT, e);
            }
            throw new UsageException("cannot read the shape '" + text + "'", SHAPE_HINT);
        }
        return shapes;
    }

    /**
     * Draws inputs on which the model runs: batch 1, 128 tokens, images of 224x224, or the first other {@linkplain CustomaryShapes customary}
     * sizes and the first vocabulary that it takes.
     *
     * @param shapes sizes by input name that win over these
     * @throws UsageException when a size is open and none is customary or given, or one is given that does not fit, or the model takes none
     */
    public static Map<String, HostTensor> draw(OrtModel model, Map<String, List<Long>> shapes, long seed) {
        var inputs = ModelInputs.of(model);
        CustomaryShapes.requireInputs(inputs, shapes);
        var first = draw(inputs, shapes, CustomaryShapes.IMAGES.getFirst(), VOCABULARIES.getFirst(), seed);
        var refusal = isCertain(inputs, shapes) ? Optional.<String>empty() : refusal(model, first);
        return refusal.isEmpty() ? first : other(model, inputs, shapes, seed, refusal.get());
    }

    private static Map<String, HostTensor> other(
            OrtModel model, List<ValueInfo> inputs, Map<String, List<Long>> shapes, long seed, String refusal) {
        for (int ids : VOCABULARIES) {
            for (var sizes : CustomaryShapes.of(OnnxReader.read(model.path()))) {
                var drawn = draw(inputs, shapes, sizes, ids, seed);
                if (refusal(model, drawn).isEmpty()) {
                    return drawn;
                }
            }
        }
        throw new UsageException(
                model.path() + " takes none of the customary sizes: " + refusal,
                "give --shape NAME=SIZES, as in x=1x3x48x320");
    }

    /** Says whether all sizes are declared or given, and no input holds ids, which may be beyond a vocabulary. */
    private static boolean isCertain(List<ValueInfo> inputs, Map<String, List<Long>> shapes) {
        return inputs.stream()
                .allMatch(input -> isFloat(input.type()) && (shapes.containsKey(input.name()) || isClosed(input)));
    }

    private static boolean isClosed(ValueInfo input) {
        var shape = input.shape();
        return shape != null && shape.dims().stream().allMatch(dim -> dim instanceof Dim.Known);
    }

    /** Returns why the model does not run on inputs; empty when it does. */
    private static Optional<String> refusal(OrtModel model, Map<String, HostTensor> inputs) {
        try (var call = model.prepare(inputs)) {
            call.run();
            return Optional.empty();
        } catch (BadModelException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    private static Map<String, HostTensor> draw(
            List<ValueInfo> inputs, Map<String, List<Long>> shapes, Customary customary, int ids, long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var sizes = CustomaryShapes.of(inputs, shapes, customary);
        var tensors = new LinkedHashMap<String, HostTensor>();
        for (var input : inputs) {
            long[] dims = sizes.getOrDefault(input.name(), List.of()).stream()
                    .mapToLong(d -> d)
                    .toArray();
            tensors.put(input.name(), fill(input, dims, ids, random));
        }
        return tensors;
    }

    private static boolean isFloat(@Nullable DType type) {
        return type == DType.FLOAT || type == DType.DOUBLE || type == DType.FLOAT16;
    }

    private static HostTensor fill(ValueInfo input, long[] dims, int ids, RandomGenerator random) {
        var type = input.type();
        if (type != null && isFloat(type)) {
            long size = Arrays.stream(dims).reduce(1, Math::multiplyExact);
            var values = new float[Math.toIntExact(size)];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            return HostTensor.ofFloats(type, values, dims);
        }
        if (type == null || !type.integral()) {
            throw new BadModelException(
                    "input '" + input.name() + "' of type " + type + " cannot be drawn at random", "give data instead");
        }
        return integers(input, type, dims, ids, random);
    }

    private static HostTensor integers(ValueInfo input, DType type, long[] dims, int ids, RandomGenerator random) {
        var role = TokenInput.role(input).orElse(TokenInput.Role.IDS);
        var tensor = HostTensor.allocate(type, dims);
        var bytes = tensor.buffer();
        long length = dims.length == 0 ? 1 : dims[dims.length - 1];
        for (int i = 0; i < tensor.size(); i++) {
            long value = switch (role) {
                case IDS -> type == DType.BOOL ? 1 : random.nextInt(ids);
                case MASK -> 1;
                case TYPES -> 0;
                case POSITIONS -> i % length;
            };
            switch (type.bits()) {
                case 64 -> bytes.putLong(value);
                case 32 -> bytes.putInt((int) value);
                case 16 -> bytes.putShort((short) value);
                default -> bytes.put((byte) value);
            }
        }
        return tensor;
    }
}
