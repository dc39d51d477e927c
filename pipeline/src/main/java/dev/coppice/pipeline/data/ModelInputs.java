package dev.coppice.pipeline.data;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Trait;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.runtime.ort.OrtModel;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The inputs that must be fed, with what the graph tells of them beyond their declarations: where images of open size have their channels,
 * and how many, is seen at the first convolution that they reach through Transpose and element-wise operators.
 */
public final class ModelInputs {

    /** Operators that keep the places of axes, beside those that work element by element. */
    private static final Set<String> IN_PLACE =
            Set.of("QuantizeLinear", "DequantizeLinear", "BatchNormalization", "Pad", "Resize");

    private static final int IMAGE_RANK = 4;

    private ModelInputs() {}

    public static List<ValueInfo> of(Model model) {
        return refined(model.graph(), model.graph().fedInputs());
    }

    /**
     * Returns the inputs as batches of samples are fed to them: of size one where the model leaves the size of a batch open and its operators
     * take no other, as where an exporter has written one sample into a Reshape.
     */
    public static List<ValueInfo> ofBatches(Model model) {
        var inputs = of(model);
        boolean open = inputs.stream().anyMatch(ModelInputs::leavesBatchOpen);
        return open && !runs(model, inBatchesOf(2, inputs)) && runs(model, inBatchesOf(1, inputs))
                ? inBatchesOf(1, inputs)
                : inputs;
    }

    private static boolean leavesBatchOpen(ValueInfo input) {
        var shape = input.shape();
        return shape != null && shape.rank() > 0 && !(shape.dim(0) instanceof Dim.Known);
    }

    private static List<ValueInfo> inBatchesOf(long size, List<ValueInfo> inputs) {
        return inputs.stream()
                .map(input -> leavesBatchOpen(input) ? withSize(input, 0, size) : input)
                .toList();
    }

    /** Says whether the operators of a model allow the declared sizes of its inputs. */
    private static boolean runs(Model model, List<ValueInfo> inputs) {
        var shapes = new HashMap<String, Shape>();
        inputs.forEach(input -> Optional.ofNullable(input.shape()).ifPresent(shape -> shapes.put(input.name(), shape)));
        try {
            ShapeInference.infer(model, shapes);
            return true;
        } catch (BadModelException _) {
            return false;
        }
    }

    /** Returns the inputs of a model that is open; one that is in no file is taken at its word. */
    public static List<ValueInfo> of(OrtModel model) {
        boolean told = model.inputs().stream().noneMatch(ModelInputs::isOpen);
        return told || !Files.isRegularFile(model.path())
                ? model.inputs()
                : refined(OnnxReader.read(model.path()).graph(), model.inputs());
    }

    private static boolean isOpen(ValueInfo input) {
        var shape = input.shape();
        return shape != null
                && shape.rank() == IMAGE_RANK
                && IntStream.range(1, IMAGE_RANK).anyMatch(axis -> !(shape.dim(axis) instanceof Dim.Known));
    }

    private static List<ValueInfo> refined(Graph graph, List<ValueInfo> inputs) {
        if (inputs.stream().noneMatch(ModelInputs::isOpen)) {
            return inputs;
        }
        var readers = graph.readers();
        var weights = weights(graph);
        return inputs.stream()
                .map(input -> isOpen(input) ? refined(input, readers, weights) : input)
                .toList();
    }

    private static ValueInfo refined(
            ValueInfo input, Map<String, List<Node>> readers, Map<String, List<Long>> weights) {
        record Reached(String value, List<Integer> axes) {} // the input's axis for each axis of the value

        var open = new ArrayDeque<Reached>(List.of(new Reached(input.name(), List.of(0, 1, 2, 3))));
        var seen = new HashSet<String>();
        while (!open.isEmpty()) {
            var from = open.remove();
            for (var node : readers.getOrDefault(from.value(), List.of())) {
                var channels = channels(node, from.value(), weights);
                if (channels.isPresent()) {
                    return withSize(input, from.axes().get(1), channels.get());
                }
                if (!node.outputs().isEmpty() && seen.add(node.output(0))) {
                    axesBehind(node, from.axes()).ifPresent(axes -> open.add(new Reached(node.output(0), axes)));
                }
            }
        }
        return input;
    }

    private static Optional<List<Integer>> axesBehind(Node node, List<Integer> axes) {
        if (node.is("Transpose")) {
            var permutation = node.intsAttribute("perm").orElse(List.of(3L, 2L, 1L, 0L));
            return permutation.size() == IMAGE_RANK
                    ? Optional.of(permutation.stream()
                            .map(axis -> axes.get(axis.intValue()))
                            .toList())
                    : Optional.empty();
        }
        boolean inPlace = node.has(Trait.UNARY)
                || node.has(Trait.BROADCAST)
                || (node.isStandard() && IN_PLACE.contains(node.opType()));
        return inPlace ? Optional.of(axes) : Optional.empty();
    }

    /** Returns how many channels a convolution wants of its data, if the node is one whose weight is stored. */
    private static Optional<Long> channels(Node node, String data, Map<String, List<Long>> weights) {
        int at = WeightOperator.CONV.is(node) || node.is("ConvInteger") ? 1 : node.is("QLinearConv") ? 3 : -1;
        if (at < 0 || !node.input(0).equals(data) || node.inputs().size() <= at) {
            return Optional.empty();
        }
        var dims = weights.getOrDefault(node.input(at), List.of()); // [outC, inC/groups, kH, kW]
        return dims.size() == IMAGE_RANK ? Optional.of(dims.get(1) * node.intAttribute("group", 1)) : Optional.empty();
    }

    private static ValueInfo withSize(ValueInfo input, int axis, long size) {
        var shape = Objects.requireNonNull(input.shape());
        if (shape.dim(axis) instanceof Dim.Known) {
            return input;
        }
        var dims = new ArrayList<>(shape.dims());
        dims.set(axis, Dim.of(size));
        return new ValueInfo(input.name(), input.type(), new Shape(dims), input.carried());
    }

    /** Returns the sizes of what is stored, also behind DequantizeLinear, Cast and Identity. */
    private static Map<String, List<Long>> weights(Graph graph) {
        var weights = new HashMap<String, List<Long>>();
        graph.initializers().forEach(tensor -> weights.put(tensor.name(), tensor.dims()));
        for (var node : graph.nodes()) {
            if (node.is("Constant")) {
                node.tensorAttribute("value").ifPresent(tensor -> weights.put(node.output(0), tensor.dims()));
            } else if ((node.is("DequantizeLinear") || node.is("Cast") || node.is("Identity"))
                    && weights.containsKey(node.input(0))) {
                weights.put(node.output(0), weights.get(node.input(0)));
            }
        }
        return weights;
    }
}
