package dev.coppice.ir.onnx;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Origins;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;

/** Decodes {@code GraphProto} and {@code NodeProto}, bodies of control-flow nodes included. */
final class GraphDecoder {

    /** Bodies nest a few levels in real models; the bound keeps hostile files from exhausting the stack. */
    private static final int DEEPEST_BODY = 32;

    private final TensorDecoder tensors;
    private final AttributeDecoder attributes;
    private final Origins origins;

    GraphDecoder(TensorDecoder tensors, Origins origins) {
        this.tensors = tensors;
        this.attributes = new AttributeDecoder(tensors, this);
        this.origins = origins;
    }

    /** Returns how many tensors with external data have been decoded so far. */
    int externals() {
        return tensors.externals();
    }

    Graph graph(WireReader in) {
        return graph(in, 0);
    }

    Graph graph(WireReader in, int depth) {
        if (depth > DEEPEST_BODY) {
            throw in.error("graphs nested more than " + DEEPEST_BODY + " deep");
        }
        int externals = tensors.externals();
        String name = "";
        var nodes = new ArrayList<Node>();
        var initializers = new ArrayList<Tensor>();
        var sparse = new ArrayList<SparseTensor>();
        var inputs = new ArrayList<ValueInfo>();
        var outputs = new ArrayList<ValueInfo>();
        var valueInfos = new ArrayList<ValueInfo>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> nodes.add(node(in.message("node", nodes.size()), depth));
                case 2 -> name = in.string();
                case 5 -> initializers.add(initializer(in.message("initializer", initializers.size())));
                case 11 -> inputs.add(valueInfo(in.message("input", inputs.size())));
                case 12 -> outputs.add(valueInfo(in.message("output", outputs.size())));
                case 13 -> valueInfos.add(valueInfo(in.message("value_info", valueInfos.size())));
                case 15 -> sparse.add(sparse(in.message("sparse_initializer", sparse.size())));
                default -> in.carry();
            }
        }
        var carried = new Carried(in.carried());
        var graph = new Graph(name, nodes, initializers, sparse, inputs, outputs, valueInfos, carried);
        return remember(graph, in, externals);
    }

    Node node(WireReader in, int depth) {
        int externals = tensors.externals();
        String name = "";
        String opType = "";
        String domain = "";
        var inputs = new ArrayList<String>();
        var outputs = new ArrayList<String>();
        var list = new ArrayList<Attribute>();
        while (in.next()) {
            switch (in.field()) {
                case 1 -> inputs.add(in.string());
                case 2 -> outputs.add(in.string());
                case 3 -> name = in.string();
                case 4 -> opType = in.string();
                case 5 -> list.add(attribute(in.message("attribute", list.size()), depth));
                case 7 -> domain = in.string();
                default -> in.carry();
            }
        }
        if (opType.isEmpty()) {
            throw in.error("a node without an operator");
        }
        var node = new Node(name, opType, domain, inputs, outputs, list, new Carried(in.carried()));
        return remember(node, in, externals);
    }

    Attribute attribute(WireReader in, int depth) {
        int externals = tensors.externals();
        return remember(attributes.attribute(in, depth), in, externals);
    }

    private Tensor initializer(WireReader in) {
        int externals = tensors.externals();
        return remember(tensors.tensor(in), in, externals);
    }

    private SparseTensor sparse(WireReader in) {
        int externals = tensors.externals();
        return remember(tensors.sparse(in), in, externals);
    }

    private ValueInfo valueInfo(WireReader in) {
        return remember(ValueInfoDecoder.valueInfo(in), in, tensors.externals());
    }

    /** Keeps the element's encoded form, unless external data are in it: their location changes when the model is written. */
    <T> T remember(T element, WireReader in, int externals) {
        return externals == tensors.externals() ? origins.put(element, in.encoded()) : element;
    }
}
