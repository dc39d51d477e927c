package dev.coppice.prune.depth;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Mask;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes constant operands zero: in place where nothing else uses the constant, else by one of zeros beside it. */
final class ZeroWriter {

    private final Graph graph;
    private final Wiring wiring;
    private final Shapes shapes;
    private final WeightResolver resolver;
    private final Set<String> names = new HashSet<>();
    private final Set<String> masked = new HashSet<>();
    private final IdentityHashMap<Node, Map<Integer, Tensor>> operands = new IdentityHashMap<>();

    ZeroWriter(Model model, Wiring wiring) {
        this.graph = model.graph();
        this.wiring = wiring;
        this.shapes = ShapeInference.infer(model);
        this.resolver = WeightResolver.of(graph);
        graph.inputs().forEach(input -> names.add(input.name()));
        graph.initializers().forEach(tensor -> names.add(tensor.name()));
        graph.nodes().forEach(node -> names.addAll(node.outputs()));
    }

    void add(List<ZeroPlaces.Place> places) {
        for (var place : places) {
            var value = place.node().input(place.operand());
            var stored = ownStored(value, place.node());
            if (stored != null) {
                masked.add(stored);
            } else {
                operands.computeIfAbsent(place.node(), _ -> new TreeMap<>())
                        .computeIfAbsent(place.operand(), _ -> zeros(value, place.node()));
            }
        }
    }

    /** Returns the name of the constant behind a value if all of it is there for one operand of one node alone; else null. */
    private @Nullable String ownStored(String value, Node user) {
        if (!(resolver.resolve(value) instanceof Resolution.Found(var weight))
                || weight.source().data() instanceof TensorData.Strings) {
            return null;
        }
        var at = value;
        var reader = user;
        while (isOnlyRead(at, reader)) {
            if (at.equals(weight.name())) {
                return at;
            }
            var producer = wiring.producer(at);
            if (producer.isEmpty() || producer.get().outputs().size() != 1) {
                return null;
            }
            reader = producer.get();
            at = reader.input(0);
        }
        return null;
    }

    private boolean isOnlyRead(String value, Node reader) {
        return !wiring.isOutput(value)
                && wiring.users(value).size() == 1
                && wiring.users(value).contains(reader)
                && reader.inputs().stream().filter(value::equals).count() == 1;
    }

    private Tensor zeros(String value, Node user) {
        var type = shapes.type(value).orElse(DType.FLOAT);
        var dims = shapes.shape(value)
                .filter(Shape::isStatic)
                .map(shape -> Arrays.stream(shape.sizes()).boxed().toList())
                .orElseThrow(() -> new BadModelException(
                        "the shape of '%s', a constant of node '%s', is not known".formatted(value, user.label()),
                        "fold constants first"));
        var name = fresh(value + ".zeros");
        long size = dims.stream().reduce(1L, Math::multiplyExact);
        var bytes = Arena.ofAuto().allocate(Math.max(1, type.bytes(size)), Long.BYTES);
        return Tensor.of(name, type, dims, new TensorData.Bytes(bytes.asSlice(0, type.bytes(size))));
    }

    private String fresh(String name) {
        var unused = name;
        for (int i = 2; !names.add(unused); i++) {
            unused = name + "." + i;
        }
        return unused;
    }

    Graph write() {
        // Models of IR version 3 list every initializer as an input; others may keep constants in nodes only.
        var inputs = graph.inputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
        boolean asNodes = graph.initializers().stream().map(Tensor::name).allMatch(inputs::contains);
        return GraphEditor.edit(graph, editor -> {
            for (var tensor : graph.initializers()) {
                if (masked.contains(tensor.name())) {
                    editor.put(zeroed(tensor));
                }
            }
            for (var node : graph.nodes()) {
                if (node.is("Constant") && masked.contains(node.output(0))) {
                    node.tensorAttribute("value")
                            .ifPresent(tensor ->
                                    editor.replace(node, node.withAttribute(Attribute.of("value", zeroed(tensor)))));
                } else if (operands.containsKey(node)) {
                    replace(editor, node, operands.getOrDefault(node, Map.of()), asNodes);
                }
            }
        });
    }

    private static void replace(GraphEditor editor, Node node, Map<Integer, Tensor> zeros, boolean asNodes) {
        var inputs = new ArrayList<>(node.inputs());
        var nodes = new ArrayList<Node>();
        zeros.forEach((operand, tensor) -> {
            inputs.set(operand, tensor.name());
            if (asNodes) {
                nodes.add(Node.of(
                        "", "Constant", List.of(), List.of(tensor.name()), Attribute.of("value", tensor.withName(""))));
            } else {
                editor.put(tensor);
            }
        });
        nodes.add(node.withInputs(inputs));
        editor.replace(node, nodes.toArray(Node[]::new));
    }

    private static Tensor zeroed(Tensor tensor) {
        var all = new Mask(tensor.size());
        for (long i = 0; i < tensor.size(); i++) {
            all.prune(i);
        }
        return tensor.masked(all);
    }
}
