package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Splits LayerNormalization of float32 [batch, rows, width] over its last axis into InstanceNormalization, whose channels are the rows,
 * a product and a sum:
 *
 * <pre>
 * y = LayerNormalization(x, gamma, beta)
 *
 * n = InstanceNormalization(x, ones[rows], zeros[rows])
 * y = Add(Mul(n, gamma), beta)
 * </pre>
 *
 * The two differ by rounding only. ONNX Runtime sums a row of the first one element after another, and of the second in vectors:
 * docs/flagship.md has what that gains. Works on the operator and on what exporters write instead of it ({@link Standardization}).
 */
public final class SplitLayerNorm {

    /** The first in which Slice takes its range as inputs. */
    private static final int OPSET = 10;

    /** A constant for more rows would make the file larger than it saves time; they are counted while the model runs. */
    private static final int MOST_STORED_ROWS = 1 << 16;

    /** What computes the normalized rows now. */
    private record Norm(String x, float epsilon, List<Node> nodes) {

        Node last() {
            return nodes.getLast();
        }
    }

    /** Names of a one and a zero for each row. */
    private record Rows(String ones, String zeros) {}

    private final Model model;
    private final Shapes shapes;
    private final FreshNames names;
    private final FreshNames nodeNames;
    private final Map<Object, Rows> rows = new HashMap<>();
    private final List<Tensor> constants = new ArrayList<>();

    private SplitLayerNorm(Model model) {
        this.model = model;
        this.shapes = ShapeInference.infer(model);
        this.names = FreshNames.ofValues(model.graph());
        this.nodeNames = FreshNames.ofNodes(model.graph());
    }

    /** Returns the model with every such normalization split; the model itself where there is none. */
    public static Model apply(Model model) {
        var norms = model.opset() < OPSET ? List.<Norm>of() : norms(model.graph());
        return norms.isEmpty() ? model : new SplitLayerNorm(model).split(norms);
    }

    private static List<Norm> norms(Graph graph) {
        var constants = new ConstantValues(graph);
        var producers = new HashMap<String, Node>();
        var uses = new UseCounts(graph);
        var norms = new ArrayList<Norm>();
        for (var node : graph.nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
            if (isPlain(node)) {
                norms.add(new Norm(node.input(0), node.floatAttribute("epsilon", 1e-5f), List.of(node)));
            }
            Standardization.of(node, producers, constants::get)
                    .filter(found -> isLast(found.axis()) && uses.isClosed(found.nodes()))
                    .ifPresent(found -> norms.add(new Norm(found.x(), found.epsilon(), found.nodes())));
        }
        return norms;
    }

    private static boolean isPlain(Node node) {
        return node.is("LayerNormalization")
                && isLast(node.intAttribute("axis", -1))
                && node.output(1).isEmpty()
                && node.output(2).isEmpty();
    }

    /** Says whether an axis is the last of three. */
    private static boolean isLast(long axis) {
        return axis == -1 || axis == 2;
    }

    private Model split(List<Norm> norms) {
        var fitting = norms.stream().filter(this::fits).toList();
        if (fitting.isEmpty()) {
            return model;
        }
        return model.withGraph(DropUnused.apply(GraphEditor.edit(model.graph(), editor -> {
            for (var norm : fitting) {
                norm.nodes().forEach(editor::remove);
                editor.replace(norm.last(), nodes(norm).toArray(Node[]::new));
            }
            constants.forEach(editor::put);
        })));
    }

    private boolean fits(Norm norm) {
        return shapes.shape(norm.x()).filter(shape -> shape.rank() == 3).isPresent()
                && shapes.type(norm.x()).equals(Optional.of(DType.FLOAT));
    }

    private List<Node> nodes(Norm norm) {
        var nodes = new ArrayList<Node>();
        var rows = rows(norm.x(), nodes);
        var last = norm.last();
        boolean plain = last.is("LayerNormalization");
        var normalized = plain ? names.of(last.output(0) + "_normalized") : last.output(0);
        nodes.add(new Node(
                last.name(),
                "InstanceNormalization",
                "",
                List.of(norm.x(), rows.ones(), rows.zeros()),
                List.of(normalized),
                List.of(Attribute.of("epsilon", norm.epsilon())),
                last.carried()));
        if (plain && last.input(2).isEmpty()) {
            nodes.add(node("Mul", List.of(normalized, last.input(1)), last.output(0)));
        } else if (plain) {
            var scaled = names.of(last.output(0) + "_scaled");
            nodes.add(node("Mul", List.of(normalized, last.input(1)), scaled));
            nodes.add(node("Add", List.of(scaled, last.input(2)), last.output(0)));
        }
        return nodes;
    }

    /** Returns the ones and zeros of as many rows; values whose rows are as many share them. */
    private Rows rows(String x, List<Node> nodes) {
        var count = shapes.shape(x).orElseThrow().dim(1);
        Object key = count.isIdentified() ? count : x;
        var known = rows.get(key);
        if (known != null) {
            return known;
        }
        var made = new Rows(names.of("rows_ones"), names.of("rows_zeros"));
        rows.put(key, made);
        if (count instanceof Dim.Known(long size) && size <= MOST_STORED_ROWS) {
            constants.add(filled(size, 1).withName(made.ones()));
            constants.add(filled(size, 0).withName(made.zeros()));
        } else {
            var shape = names.of(x + "_shape");
            var length = names.of(x + "_rows");
            var from = Tensors.ofLongs(names.of("rows_axis"), 1);
            var to = Tensors.ofLongs(names.of("rows_end"), 2);
            constants.addAll(List.of(from, to));
            nodes.add(node("Shape", List.of(x), shape));
            nodes.add(node("Slice", List.of(shape, from.name(), to.name()), length));
            nodes.add(node("ConstantOfShape", List.of(length), made.ones(), Attribute.of("value", filled(1, 1))));
            nodes.add(node("ConstantOfShape", List.of(length), made.zeros(), Attribute.of("value", filled(1, 0))));
        }
        return made;
    }

    private static Tensor filled(long size, float value) {
        var values = new float[Math.toIntExact(size)];
        Arrays.fill(values, value);
        return Tensors.ofFloats(List.of(size), values);
    }

    private Node node(String op, List<String> inputs, String output, Attribute... attributes) {
        return new Node(nodeNames.of(output), op, "", inputs, List.of(output), List.of(attributes), Carried.NOTHING);
    }
}
