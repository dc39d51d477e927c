package dev.coppice.pipeline.measure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.data.TokenInput;
import dev.coppice.pipeline.measure.CustomaryShapes.Customary;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/** Draws seeded inputs for models without data. Sizes that a model leaves open are reported by the tensors drawn. */
public final class RandomInputs {

    /** Ids that every vocabulary has. */
    private static final int TOKEN_IDS = 100;

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
     * Draws inputs on which the model runs: batch 1, 128 tokens, images of 224x224 or the first other customary size
     * that the model takes.
     *
     * @param shapes sizes by input name that win over these
     * @throws UsageException when a size is open and none is customary or given, or one is given that does not fit
     */
    public static Map<String, HostTensor> draw(OrtModel model, Map<String, List<Long>> shapes, long seed) {
        var inputs = ModelInputs.of(model);
        CustomaryShapes.requireInputs(inputs, shapes);
        boolean open = inputs.stream().anyMatch(input -> !shapes.containsKey(input.name()) && hasOpenImageSize(input));
        return open
                ? drawOpenImage(model, inputs, shapes, seed)
                : draw(inputs, shapes, CustomaryShapes.IMAGES.getFirst(), seed);
    }

    private static Map<String, HostTensor> drawOpenImage(
            OrtModel model, List<ValueInfo> declared, Map<String, List<Long>> shapes, long seed) {
        var refusals = new ArrayList<String>();
        for (var size : CustomaryShapes.IMAGES) {
            var inputs = draw(declared, shapes, size, seed);
            try (var call = model.prepare(inputs)) {
                call.run();
                return inputs;
            } catch (BadModelException e) {
                refusals.add(size.height() + "x" + size.width() + ": " + e.getMessage());
            }
        }
        throw new UsageException(
                model.path() + " takes none of the customary image sizes: " + String.join("; ", refusals),
                "give --shape NAME=1x3xHxW");
    }

    private static boolean hasOpenImageSize(ValueInfo input) {
        var shape = input.shape();
        if (shape == null || shape.rank() != 4) {
            return false;
        }
        int channels = CustomaryShapes.channelAxis(shape);
        return IntStream.range(1, 4).anyMatch(axis -> axis != channels && !(shape.dim(axis) instanceof Dim.Known));
    }

    private static Map<String, HostTensor> draw(
            List<ValueInfo> inputs, Map<String, List<Long>> shapes, Customary customary, long seed) {
        var random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        var sizes = CustomaryShapes.of(inputs, shapes, customary);
        var tensors = new LinkedHashMap<String, HostTensor>();
        for (var input : inputs) {
            long[] dims = sizes.getOrDefault(input.name(), List.of()).stream()
                    .mapToLong(d -> d)
                    .toArray();
            tensors.put(input.name(), fill(input, dims, random));
        }
        return tensors;
    }

    private static HostTensor fill(ValueInfo input, long[] dims, RandomGenerator random) {
        var type = input.type();
        if (type == DType.FLOAT || type == DType.DOUBLE || type == DType.FLOAT16) {
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
        return integers(input, type, dims, random);
    }

    private static HostTensor integers(ValueInfo input, DType type, long[] dims, RandomGenerator random) {
        var role = TokenInput.role(input).orElse(TokenInput.Role.IDS);
        var tensor = HostTensor.allocate(type, dims);
        var bytes = tensor.buffer();
        long length = dims.length == 0 ? 1 : dims[dims.length - 1];
        for (int i = 0; i < tensor.size(); i++) {
            long value = switch (role) {
                case IDS -> type == DType.BOOL ? 1 : random.nextInt(TOKEN_IDS);
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
