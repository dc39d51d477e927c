package dev.coppice.ir.onnx;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.edit.Invariants;
import dev.coppice.ir.edit.TopologicalOrder;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/** Decodes {@code ModelProto} and {@code FunctionProto}. */
final class ModelDecoder {

    /** The IR version since which a model must import operator sets. */
    private static final int FIRST_WITH_OPSETS = 3;

    private final GraphDecoder graphs;
    private final Origins origins;

    ModelDecoder(TensorDecoder tensors, Origins origins) {
        this.graphs = new GraphDecoder(tensors, origins);
        this.origins = origins;
    }

    @SuppressWarnings("ReferenceEquality") // what was in order is the same object
    Model model(WireReader in) {
        long irVersion = 0;
        var opsets = new ArrayList<Model.Opset>();
        var functions = new ArrayList<Function>();
        @Nullable Graph graph = null;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> irVersion = in.number();
                case 7 -> graph = graphs.graph(in.message("graph"));
                case 8 -> opsets.add(opset(in.message("opset_import")));
                case 25 -> functions.add(function(in.message("functions", functions.size())));
                default -> in.carry();
            }
        }
        if (graph == null) {
            throw in.error("no graph was found: this is no ONNX model, or it is cut off");
        }
        if (opsets.isEmpty() && irVersion >= FIRST_WITH_OPSETS) {
            throw in.error("no operator set is imported: the model is cut off");
        }
        var model = new Model(irVersion, opsets, graph, functions, new Carried(in.carried()), origins);
        var sorted = TopologicalOrder.sort(model);
        Invariants.check(sorted);
        if (sorted != model) {
            origins.noteReordered();
            return sorted;
        }
        return graphs.remember(model, in, 0);
    }

    private Model.Opset opset(WireReader in) {
        String domain = "";
        long version = 0;
        while (in.next()) {
            switch (in.field()) {
                case 1 -> domain = in.string();
                case 2 -> version = in.number();
                default -> in.carry();
            }
        }
        return origins.put(new Model.Opset(domain, version), in.encoded());
    }

    private Function function(WireReader in) {
        int externals = graphs.externals();
        String name = "";
        String domain = "";
        String overload = "";
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var attributes = new ArrayList<String>();
        var defaults = new ArrayList<Attribute>();
        var opsets = new ArrayList<Model.Opset>();
        var nodes = new ArrayList<Node>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> name = in.string();
                case 4 -> inputs.add(in.string());
                case 5 -> outputs.add(in.string());
                case 6 -> attributes.add(in.string());
                case 7 -> nodes.add(graphs.node(in.message("node", nodes.size()), 0));
                case 9 -> opsets.add(opset(in.message("opset_import")));
                case 10 -> domain = in.string();
                case 11 -> defaults.add(graphs.attribute(in.message("attribute_proto", defaults.size()), 0));
                case 13 -> overload = in.string();
                default -> in.carry();
            }
        }
        var carried = new Carried(in.carried());
        var id = new Function.Id(domain, name, overload);
        var function = new Function(id, inputs, outputs, attributes, defaults, opsets, nodes, carried);
        return graphs.remember(function, in, externals);
    }
}
