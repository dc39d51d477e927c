package dev.coppice.ir.rules;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/** Lets a Conv pad its input itself where a Pad before it adds zeros round the spatial axes: {@code Conv(Pad(x)) = Conv'(x)}. */
public final class FoldPad {

    private FoldPad() {}

    public static Graph fold(Model model) {
        var graph = model.graph();
        var pads = new HashMap<String, Node>();
        for (var node : graph.nodes()) {
            if (node.is("Pad") && node.stringAttribute("mode", "constant").equals("constant")) {
                pads.put(node.output(0), node);
            }
        }
        if (pads.isEmpty()) {
            return graph;
        }
        var shapes = ShapeInference.infer(model);
        return DropUnused.apply(GraphEditor.edit(graph, editor -> {
            for (var node : graph.nodes()) {
                var pad = pads.get(node.input(0));
                if (node.is("Conv") && pad != null) {
                    widths(pad, shapes)
                            .flatMap(own -> padded(node, pad, own))
                            .ifPresent(conv -> editor.replace(node, conv));
                }
            }
        }));
    }

    /** Returns how much a Pad adds, all beginnings and then all ends; empty where that is not known or not of zeros. */
    private static Optional<long[]> widths(Node pad, Shapes shapes) {
        var attribute = pad.intsAttribute("pads");
        boolean zeros = pad.floatAttribute("value", 0) == 0
                && (pad.input(2).isEmpty()
                        || shapes.constant(pad.input(2))
                                .filter(value ->
                                        value.size() == 1 && value.type().prunable())
                                .map(value -> {
                                    var number = new float[1];
                                    Elements.floats(value, 0, number, 1);
                                    return number[0] == 0;
                                })
                                .orElse(false));
        if (!zeros || !pad.input(3).isEmpty()) {
            return Optional.empty();
        }
        return attribute
                .map(values -> values.stream().mapToLong(Long::longValue).toArray())
                .or(() -> shapes.constant(pad.input(1)).map(Elements::longs));
    }

    private static Optional<Node> padded(Node conv, Node pad, long[] widths) {
        int rank = widths.length / 2;
        int spatial = rank - 2;
        boolean folds = spatial >= 1
                && List.of("NOTSET", "").contains(conv.stringAttribute("auto_pad", "NOTSET"))
                && widths[0] == 0
                && widths[1] == 0
                && widths[rank] == 0
                && widths[rank + 1] == 0;
        var sum = new ArrayList<Long>();
        var own = conv.intsAttribute("pads").orElse(List.of());
        for (int i = 0; folds && i < 2 * spatial; i++) {
            long added = widths[i < spatial ? i + 2 : i + 4];
            folds = added >= 0;
            sum.add(added + (own.isEmpty() ? 0 : own.get(i)));
        }
        if (!folds) {
            return Optional.empty();
        }
        var inputs = new ArrayList<>(conv.inputs());
        inputs.set(0, pad.input(0));
        return Optional.of(conv.withInputs(inputs).withAttribute(Attribute.of("pads", sum)));
    }
}
