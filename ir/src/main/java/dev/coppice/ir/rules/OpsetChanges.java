package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The operators that changed between opsets 7 and 13 so that a node must be rewritten (ONNX, docs/Changelog.md): mostly attributes
 * that became inputs.
 */
final class OpsetChanges {

    /** Rewrites a node of the version before; empty where that is not possible. */
    @FunctionalInterface
    private interface Conversion {
        Optional<Node> of(OpsetChanges changes, Node node);
    }

    private record Change(int version, Conversion conversion) {}

    private static final Conversion NONE = (_, _) -> Optional.empty();

    /** Experimental operators that ended with opset 9; what wrote them for Core ML models still does. */
    private static final Set<String> ENDED = Set.of(
            "ATen",
            "Affine",
            "Crop",
            "DynamicSlice",
            "GRUUnit",
            "GivenTensorFill",
            "ImageScaler",
            "ParametricSoftplus",
            "Scale",
            "ScaledTanh");

    private static final List<Change> ENDS = List.of(new Change(10, NONE));

    private static final Map<String, List<Change>> CHANGES = Map.ofEntries(
            Map.entry("BatchNormalization", List.of(new Change(9, (_, node) -> spatial(node)))),
            Map.entry("Clip", List.of(new Change(11, OpsetChanges::clip))),
            Map.entry(
                    "Dropout",
                    List.of(
                            new Change(10, OpsetChanges::unmasked),
                            new Change(12, (c, node) -> c.unmasked(node.withoutAttributes("ratio"))))),
            Map.entry("Hardmax", List.of(new Change(13, OpsetChanges::softmax))),
            Map.entry("LogSoftmax", List.of(new Change(13, OpsetChanges::softmax))),
            Map.entry("Pad", List.of(new Change(11, OpsetChanges::pad))),
            Map.entry("ReduceSum", List.of(new Change(13, (c, node) -> c.toInput(node, "axes")))),
            Map.entry("Resize", List.of(new Change(11, OpsetChanges::resize))),
            Map.entry("Scan", List.of(new Change(9, NONE))),
            Map.entry("Scatter", List.of(new Change(11, (_, node) -> Optional.of(node.withOpType("ScatterElements"))))),
            Map.entry("Slice", List.of(new Change(10, OpsetChanges::slice))),
            Map.entry("Softmax", List.of(new Change(13, OpsetChanges::softmax))),
            Map.entry("Split", List.of(new Change(13, (c, node) -> c.toInput(node, "split")))),
            Map.entry("Squeeze", List.of(new Change(13, (c, node) -> c.toInput(node, "axes")))),
            Map.entry("TopK", List.of(new Change(10, OpsetChanges::count))),
            Map.entry("Unsqueeze", List.of(new Change(13, (c, node) -> c.toInput(node, "axes")))),
            Map.entry(
                    "Upsample", List.of(new Change(9, OpsetChanges::scales), new Change(10, OpsetChanges::upsample))));

    private final FreshNames names;
    private final Shapes shapes;
    private final UseCounts uses;
    private final List<Tensor> constants = new ArrayList<>();

    OpsetChanges(FreshNames names, Shapes shapes, UseCounts uses) {
        this.names = names;
        this.shapes = shapes;
        this.uses = uses;
    }

    /** Returns the constants that rewritten nodes read. */
    List<Tensor> constants() {
        return constants;
    }

    private static List<Change> changes(Node node) {
        return ENDED.contains(node.opType()) ? ENDS : CHANGES.getOrDefault(node.opType(), List.of());
    }

    static boolean affects(Node node, int from, int to) {
        return changes(node).stream().anyMatch(change -> from < change.version && change.version <= to);
    }

    /** Returns a node that computes the same in opset {@code to}; empty when the change is not one that is converted. */
    Optional<Node> rewrite(Node node, int from, int to) {
        var current = Optional.of(node);
        for (var change : changes(node)) {
            if (from < change.version && change.version <= to) {
                current = current.flatMap(earlier -> change.conversion.of(this, earlier));
            }
        }
        return current;
    }

    private static Optional<Node> spatial(Node node) {
        return node.intAttribute("spatial", 1) == 1 ? Optional.of(node.withoutAttributes("spatial")) : Optional.empty();
    }

    /** The mask of Dropout became one of truth values, and then true where nothing is dropped; mostly nobody reads it. */
    private Optional<Node> unmasked(Node node) {
        return uses.isUsed(node.output(1)) ? Optional.empty() : Optional.of(node.withOutputs(List.of(node.output(0))));
    }

    private Optional<Node> clip(Node node) {
        var inputs = new ArrayList<>(List.of(node.input(0)));
        for (var bound : List.of("min", "max")) {
            inputs.add(node.attribute(bound).isEmpty() ? "" : scalar(node, bound, node.floatAttribute(bound, 0)));
        }
        return Optional.of(node.withInputs(inputs).withoutAttributes("min", "max"));
    }

    private Optional<Node> pad(Node node) {
        var pads = node.intsAttribute("pads");
        if (pads.isEmpty()) {
            return Optional.empty();
        }
        var inputs = List.of(
                node.input(0), longs(node, "pads", pads.get()), scalar(node, "value", node.floatAttribute("value", 0)));
        return Optional.of(node.withInputs(inputs).withoutAttributes("pads", "value"));
    }

    /** Puts a list of integers where the newer operator wants it: behind the one input. */
    private Optional<Node> toInput(Node node, String attribute) {
        var values = node.intsAttribute(attribute);
        if (values.isEmpty()) {
            return Optional.of(node);
        }
        var inputs = List.of(node.input(0), longs(node, attribute, values.get()));
        return Optional.of(node.withInputs(inputs).withoutAttributes(attribute));
    }

    private Optional<Node> slice(Node node) {
        var starts = node.intsAttribute("starts");
        var ends = node.intsAttribute("ends");
        if (starts.isEmpty() || ends.isEmpty()) {
            return Optional.empty();
        }
        var inputs = new ArrayList<>(
                List.of(node.input(0), longs(node, "starts", starts.get()), longs(node, "ends", ends.get())));
        node.intsAttribute("axes").ifPresent(axes -> inputs.add(longs(node, "axes", axes)));
        return Optional.of(node.withInputs(inputs).withoutAttributes("starts", "ends", "axes"));
    }

    private Optional<Node> count(Node node) {
        var inputs = List.of(node.input(0), longs(node, "k", List.of(node.intAttribute("k", 0))));
        return Optional.of(node.withInputs(inputs).withoutAttributes("k"));
    }

    private Optional<Node> scales(Node node) {
        if (!(node.attribute("scales").orElse(null) instanceof Attribute.FloatsValue(var values))) {
            return Optional.empty();
        }
        var numbers = new float[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i);
        }
        var name = names.of(node.output(0) + ".scales");
        constants.add(Tensors.ofFloats(List.of((long) numbers.length), numbers).withName(name));
        return Optional.of(node.withInputs(List.of(node.input(0), name)).withoutAttributes("scales"));
    }

    private Optional<Node> upsample(Node node) {
        return resize(node, "floor");
    }

    /** Resize of opset 10 takes the place before where an axis grows, and the one behind where it shrinks. */
    private Optional<Node> resize(Node node) {
        if (!node.stringAttribute("mode", "nearest").equals("nearest")) {
            return resize(node, "floor");
        }
        var scales = shapes.constant(node.input(1));
        if (scales.isEmpty()) {
            return Optional.empty();
        }
        var numbers = new double[Math.toIntExact(scales.get().size())];
        Elements.doubles(scales.get(), 0, numbers, numbers.length);
        boolean shrinks = Arrays.stream(numbers).anyMatch(scale -> scale < 1);
        boolean grows = Arrays.stream(numbers).anyMatch(scale -> scale > 1);
        return shrinks && grows ? Optional.empty() : resize(node, shrinks ? "ceil" : "floor");
    }

    /** Upsample and Resize of opset 10 map positions as the newer Resize does when told so. */
    private Optional<Node> resize(Node node, String nearest) {
        if (node.inputs().size() < 2) {
            return Optional.empty();
        }
        var region = names.of(node.output(0) + ".roi");
        constants.add(Tensors.ofFloats(List.of(0L)).withName(region));
        return Optional.of(node.withOpType("Resize")
                .withInputs(List.of(node.input(0), region, node.input(1)))
                .withAttribute(Attribute.of("coordinate_transformation_mode", "asymmetric"))
                .withAttribute(Attribute.of("nearest_mode", nearest)));
    }

    /** Before opset 13 all axes from the given one on were one; that is still so where the others have size 1. */
    private Optional<Node> softmax(Node node) {
        long axis = node.intAttribute("axis", 1);
        if (axis == -1) {
            return Optional.of(node);
        }
        var shape = shapes.shape(node.input(0)).orElse(null);
        if (shape == null) {
            return Optional.empty();
        }
        int first = Math.toIntExact(axis < 0 ? axis + shape.rank() : axis);
        for (int later = first + 1; later < shape.rank(); later++) {
            if (!(shape.dim(later) instanceof Dim.Known(long size) && size == 1)) {
                return Optional.empty();
            }
        }
        return first < shape.rank()
                ? Optional.of(node.withAttribute(Attribute.of("axis", (long) first)))
                : Optional.empty();
    }

    private String longs(Node node, String what, List<Long> values) {
        var name = names.of(node.output(0) + "." + what);
        constants.add(
                Tensors.ofLongs(name, values.stream().mapToLong(Long::longValue).toArray()));
        return name;
    }

    /** A scalar of the type that the node computes in. */
    private String scalar(Node node, String what, float value) {
        var type = shapes.type(node.input(0)).orElse(DType.FLOAT);
        var name = names.of(node.output(0) + "." + what);
        constants.add(Tensors.ofDoubles(type, List.of(), new double[] {value}).withName(name));
        return name;
    }
}
