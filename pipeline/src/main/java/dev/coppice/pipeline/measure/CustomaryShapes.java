package dev.coppice.pipeline.measure;

import dev.coppice.ir.Dim;
import dev.coppice.ir.Model;
import dev.coppice.ir.Shape;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.spec.Preprocess.Layout;
import dev.coppice.pipeline.data.text.TokenInput;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/** Sizes for inputs whose declared ones are open: batch 1, 128 tokens or steps, 3 channels of 224 x 224 pixels, 16 frames of 112 x 112. Report what was chosen. */
public final class CustomaryShapes {

    /** Classifiers and detectors first, then readers of text lines. */
    static final List<Customary> IMAGES =
            List.of(new Customary(1, 128, 224, 224), new Customary(1, 128, 48, 320), new Customary(1, 128, 32, 320));

    /** How many of a model's own limits are tried. */
    private static final int MOST_LIMITS = 12;

    private static final long CHANNELS = 3;
    private static final long FRAMES = 16;
    private static final long CLIP = 112;

    private CustomaryShapes() {}

    /** What open sizes are assumed to be: of the batch, of sequences, of images. */
    record Customary(long batch, long tokens, long height, long width) {

        Customary withTokens(long other) {
            return new Customary(batch, other, height, width);
        }

        Customary withBatch(long other) {
            return new Customary(other, tokens, height, width);
        }
    }

    /**
     * Returns what to try in turn for a model: customary sizes; sequences as long as its constants are, such as a table of positions, where 128
     * is too long; and a batch of two, where an axis of one would be dropped.
     */
    static List<Customary> of(Model model) {
        var all = new ArrayList<>(IMAGES);
        var first = IMAGES.getFirst();
        var limits = new TreeSet<Long>(Comparator.reverseOrder());
        var graph = model.graph();
        graph.initializers().forEach(tensor -> limits.addAll(tensor.dims()));
        graph.nodes().forEach(node -> node.tensorAttribute("value").ifPresent(tensor -> limits.addAll(tensor.dims())));
        limits.stream()
                .filter(limit -> limit > 1 && limit < first.tokens())
                .limit(MOST_LIMITS)
                .forEach(limit -> all.add(first.withTokens(limit)));
        all.add(first.withBatch(2));
        return all;
    }

    /**
     * Returns a size for every input, by name.
     *
     * @param given shapes that win
     * @throws UsageException when an open dimension is neither given nor customary
     */
    public static Map<String, List<Long>> of(List<ValueInfo> inputs, Map<String, List<Long>> given) {
        return of(inputs, given, IMAGES.getFirst());
    }

    /** Throws {@link UsageException} when a given shape is of no input, or has another rank than its input. */
    public static void requireInputs(List<ValueInfo> inputs, Map<String, List<Long>> given) {
        given.forEach((name, dims) -> {
            var names = inputs.stream().map(ValueInfo::name).toList();
            int at = names.indexOf(name);
            if (at < 0) {
                throw new UsageException("the model has no input '" + name + "'", "its inputs are " + names);
            }
            var declared = inputs.get(at).shape();
            if (declared != null && declared.rank() != dims.size()) {
                throw new UsageException(
                        "input '%s' is declared as %s and given as %s".formatted(name, declared, dims),
                        "give as many sizes as the model declares");
            }
        });
    }

    static Map<String, List<Long>> of(List<ValueInfo> inputs, Map<String, List<Long>> given, Customary sizes) {
        // A symbol has one size wherever it stands: the given one, or that of the batch, or what it was first.
        var symbols = new HashMap<String, Long>();
        inputs.forEach(input -> bind(input, given.getOrDefault(input.name(), List.of()), symbols));
        inputs.forEach(input -> bind(input, List.of(sizes.batch()), symbols));
        var shapes = new LinkedHashMap<String, List<Long>>();
        for (var input : inputs) {
            var wanted = given.get(input.name());
            shapes.put(input.name(), wanted == null ? shape(input, sizes, symbols) : wanted);
        }
        return shapes;
    }

    /** Notes the sizes of an input's leading dimensions for the symbols that stand there, unless these have some already. */
    private static void bind(ValueInfo input, List<Long> sizes, Map<String, Long> symbols) {
        var shape = input.shape();
        for (int axis = 0; shape != null && axis < Math.min(sizes.size(), shape.rank()); axis++) {
            if (shape.dim(axis) instanceof Dim.Symbol(var name)) {
                symbols.putIfAbsent(name, sizes.get(axis));
            }
        }
    }

    private static List<Long> shape(ValueInfo input, Customary sizes, Map<String, Long> symbols) {
        var shape = input.shape();
        if (shape == null) {
            throw open(input, "its shape");
        }
        var dims = new Long[shape.rank()];
        for (int axis = 0; axis < dims.length; axis++) {
            int at = axis;
            dims[axis] = switch (shape.dim(axis)) {
                case Dim.Known(long size) -> size;
                case Dim.Symbol(var name) -> symbols.computeIfAbsent(name, _ -> size(input, dims.length, at, sizes));
                case Dim.Unknown _ -> size(input, dims.length, at, sizes);
            };
        }
        return List.of(dims);
    }

    private static long size(ValueInfo input, int rank, int axis, Customary sizes) {
        if (axis == 0) {
            return sizes.batch();
        }
        if (rank == 4) {
            int channels = channelAxis(Objects.requireNonNull(input.shape()));
            boolean first = axis == (channels == 1 ? 2 : 1);
            return axis == channels ? CHANNELS : first ? sizes.height() : sizes.width();
        }
        if (rank == 5) {
            return axis == 1 ? CHANNELS : axis == 2 ? FRAMES : CLIP;
        }
        // Sequences of vectors, or of channels over time.
        if (rank == 3 || (axis == 1 && TokenInput.role(input).isPresent())) {
            return sizes.tokens();
        }
        throw open(input, "dimension " + axis);
    }

    /** Names an input of which sizes were assumed and how to give them; the model's own hint where none was. */
    static String hint(
            List<ValueInfo> inputs, Map<String, List<Long>> given, Map<String, List<Long>> assumed, String otherwise) {
        for (var input : inputs) {
            boolean open =
                    input.shape() == null || input.shape().dims().stream().anyMatch(dim -> !(dim instanceof Dim.Known));
            if (open && !given.containsKey(input.name())) {
                var sizes = assumed.getOrDefault(input.name(), List.of()).stream()
                        .map(String::valueOf)
                        .toList();
                return "the model does not take %s, which was assumed for '%s': give --shape NAME=SIZES, as in --shape %s=%s"
                        .formatted(String.join("x", sizes), input.name(), input.name(), String.join("x", sizes));
            }
        }
        return otherwise;
    }

    /** Returns which axis of a batch of images holds their channels. */
    static int channelAxis(Shape shape) {
        return Layout.of(shape) == Layout.NHWC ? 3 : 1;
    }

    private static UsageException open(ValueInfo input, String what) {
        return new UsageException(
                "input '" + input.name() + "' leaves " + what + " open", "give --shape " + input.name() + "=1x...");
    }
}
