package dev.coppice.prune.quantize;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.FreshNames;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.layer.WeightOperator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Writes the nodes and constants of dynamic int8, in graph order: what several layers share is written at the first of them. */
final class DynamicWriter {

    private final FreshNames names;
    private final FreshNames nodeNames;
    private final List<Tensor> constants = new ArrayList<>();
    private final Set<WeightKey> tables;
    private final Map<WeightKey, Stored> stored = new HashMap<>();
    private final Map<WeightKey, Stored> turned = new HashMap<>();
    private final Map<String, Activation> activations = new HashMap<>();

    /** Names of a quantized weight's tensors. */
    record Stored(String values, String scales) {}

    /** Names of what DynamicQuantizeLinear makes of a value. */
    private record Activation(String values, String scale, String zeroPoint) {}

    /** @param tables those that Gather reads; a product that reads one, too, gets it transposed */
    DynamicWriter(Graph graph, Set<WeightKey> tables) {
        this.tables = tables;
        this.names = FreshNames.ofValues(graph);
        this.nodeNames = FreshNames.ofNodes(graph);
    }

    List<Tensor> constants() {
        return constants;
    }

    Stored store(Int8Site site, Int8Weight weight) {
        var own = WeightKey.of(site);
        var key = tables.contains(own.transposed()) ? own.transposed() : own;
        return stored.computeIfAbsent(key, _ -> {
            var values = names.of(site.weight().name() + "_int8");
            var scales = names.of(site.weight().name() + "_int8_scale");
            constants.add(weight.values().withName(values));
            // A table's scales are gathered as its rows are: [V, 1].
            constants.add(
                    tables.contains(key)
                            ? column(weight.scales()).withName(scales)
                            : weight.scales().withName(scales));
            return new Stored(values, scales);
        });
    }

    /** Returns a table as a product reads it: runtimes fold the transpositions when they open the model. */
    private Stored turned(Int8Site site, Stored table, List<Node> nodes) {
        var key = WeightKey.of(site);
        if (!tables.contains(key.transposed())) {
            return table;
        }
        return turned.computeIfAbsent(key, _ -> {
            var values = names.of(table.values() + "_transposed");
            var scales = names.of(table.scales() + "_transposed");
            nodes.add(node(part(site.node(), "Transpose"), "Transpose", List.of(table.values()), values));
            nodes.add(node(part(site.node(), "Transpose"), "Transpose", List.of(table.scales()), scales));
            return new Stored(values, scales);
        });
    }

    private static Tensor column(Tensor vector) {
        return Tensor.of("", vector.type(), List.of(vector.size(), 1L), vector.data());
    }

    /** Returns the nodes that take the layer's place. */
    List<Node> nodes(Int8Site site, Stored weight, DType type) {
        var nodes = new ArrayList<Node>();
        if (site.node().is("Gather")) {
            gather(site.node(), weight, type, nodes);
        } else {
            product(site.node(), turned(site, weight, nodes), type, nodes);
        }
        return nodes;
    }

    private void product(Node node, Stored weight, DType type, List<Node> nodes) {
        boolean gemm = WeightOperator.GEMM.is(node);
        boolean transposed = gemm && node.intAttribute("transA", 0) != 0;
        var input = transposed ? add(nodes, node, "Transpose", List.of(node.input(0))) : node.input(0);
        var x = activations.get(input);
        if (x == null) {
            x = quantize(node, input, type, nodes);
            activations.put(input, x);
        }
        var sums = names.of(node.output(0) + "_int32");
        nodes.add(new Node(
                node.name(),
                "MatMulInteger",
                "",
                List.of(x.values(), weight.values(), x.zeroPoint()),
                List.of(sums),
                List.of(),
                node.carried()));
        var scale = add(nodes, node, "Mul", List.of(x.scale(), weight.scales()));
        if (gemm && node.floatAttribute("alpha", 1) != 1) {
            scale = add(nodes, node, "Mul", List.of(scale, scalar(node.floatAttribute("alpha", 1))));
        }
        var floats = add(nodes, node, "Cast", List.of(sums), cast(DType.FLOAT));
        boolean biased = gemm && !node.input(2).isEmpty() && node.floatAttribute("beta", 1) != 0;
        if (!biased) {
            finish(node, "Mul", List.of(floats, scale), type, nodes);
            return;
        }
        var bias = type == DType.FLOAT
                ? node.input(2)
                : add(nodes, node, "Cast", List.of(node.input(2)), cast(DType.FLOAT));
        if (node.floatAttribute("beta", 1) != 1) {
            bias = add(nodes, node, "Mul", List.of(bias, scalar(node.floatAttribute("beta", 1))));
        }
        finish(node, "Add", List.of(add(nodes, node, "Mul", List.of(floats, scale)), bias), type, nodes);
    }

    private Activation quantize(Node node, String input, DType type, List<Node> nodes) {
        var floats = type == DType.FLOAT ? input : add(nodes, node, "Cast", List.of(input), cast(DType.FLOAT));
        var x = new Activation(
                names.of(input + "_quantized"), names.of(input + "_scale"), names.of(input + "_zero_point"));
        nodes.add(Node.of(
                part(node, "DynamicQuantizeLinear"),
                "DynamicQuantizeLinear",
                List.of(floats),
                List.of(x.values(), x.scale(), x.zeroPoint())));
        return x;
    }

    private void gather(Node node, Stored table, DType type, List<Node> nodes) {
        var rows = names.of(node.output(0) + "_int8");
        nodes.add(node(node.name(), "Gather", List.of(table.values(), node.input(1)), rows));
        var scales = add(nodes, node, "Gather", List.of(table.scales(), node.input(1)));
        var floats = add(nodes, node, "Cast", List.of(rows), cast(DType.FLOAT));
        finish(node, "Mul", List.of(floats, scales), type, nodes);
    }

    /** Adds the node that produces what the layer produced, in its type. */
    private void finish(Node node, String op, List<String> inputs, DType type, List<Node> nodes) {
        if (type == DType.FLOAT) {
            nodes.add(node(part(node, op), op, inputs, node.output(0)));
        } else {
            var result = add(nodes, node, op, inputs);
            nodes.add(node(part(node, "Cast"), "Cast", List.of(result), node.output(0), cast(type)));
        }
    }

    private String add(List<Node> nodes, Node of, String op, List<String> inputs, Attribute... attributes) {
        var value = names.of(of.output(0) + "_" + op.toLowerCase(Locale.ROOT));
        nodes.add(node(part(of, op), op, inputs, value, attributes));
        return value;
    }

    private static Node node(String name, String op, List<String> inputs, String output, Attribute... attributes) {
        return new Node(name, op, "", inputs, List.of(output), List.of(attributes), Carried.NOTHING);
    }

    private String part(Node node, String op) {
        return node.name().isEmpty() ? "" : nodeNames.of(node.name() + "_" + op);
    }

    private String scalar(float value) {
        var name = names.of("int8_factor");
        constants.add(Tensors.ofFloats(List.of(), value).withName(name));
        return name;
    }

    private static Attribute cast(DType type) {
        return Attribute.of("to", (long) type.code());
    }
}
