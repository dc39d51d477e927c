package dev.coppice.ir.onnx;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.Carried;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.SparseTensor;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Compares models field by field, elements and carried bytes included, and tells every path at which they differ. */
final class Differences {

    private final List<String> paths = new ArrayList<>();

    private Differences() {}

    static List<String> between(Model a, Model b) {
        var differences = new Differences();
        differences.same("ir_version", a.irVersion(), b.irVersion());
        differences.same("opset_import", a.opsets(), b.opsets());
        differences.graph("graph", a.graph(), b.graph());
        differences.each("functions", a.functions(), b.functions(), differences::function);
        differences.carried("model", a.carried(), b.carried());
        return differences.paths;
    }

    static List<String> between(Tensor a, Tensor b) {
        var differences = new Differences();
        differences.tensor("tensor", a, b);
        return differences.paths;
    }

    private interface Comparison<T> {
        void compare(String path, T a, T b);
    }

    private <T> void each(String path, List<T> a, List<T> b, Comparison<T> comparison) {
        same(path + ".size", a.size(), b.size());
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            comparison.compare(path + "[" + i + "]", a.get(i), b.get(i));
        }
    }

    private void graph(String path, Graph a, Graph b) {
        same(path + ".name", a.name(), b.name());
        each(path + ".node", a.nodes(), b.nodes(), this::node);
        each(path + ".initializer", a.initializers(), b.initializers(), this::tensor);
        each(path + ".sparse_initializer", a.sparseInitializers(), b.sparseInitializers(), this::sparse);
        each(path + ".input", a.inputs(), b.inputs(), this::valueInfo);
        each(path + ".output", a.outputs(), b.outputs(), this::valueInfo);
        each(path + ".value_info", a.valueInfos(), b.valueInfos(), this::valueInfo);
        carried(path, a.carried(), b.carried());
    }

    private void function(String path, Function a, Function b) {
        same(path + ".id", a.id(), b.id());
        same(path + ".input", a.inputs(), b.inputs());
        same(path + ".output", a.outputs(), b.outputs());
        each(path + ".node", a.nodes(), b.nodes(), this::node);
        carried(path, a.carried(), b.carried());
    }

    private void node(String path, Node a, Node b) {
        same(path + ".name", a.name(), b.name());
        same(path + ".op_type", a.domain() + "." + a.opType(), b.domain() + "." + b.opType());
        same(path + ".input", a.inputs(), b.inputs());
        same(path + ".output", a.outputs(), b.outputs());
        each(path + ".attribute", a.attributes(), b.attributes(), this::attribute);
        carried(path, a.carried(), b.carried());
    }

    private void attribute(String path, Attribute a, Attribute b) {
        same(path + ".name", a.name(), b.name());
        value(path + "(" + a.name() + ")", a.value(), b.value());
        carried(path, a.carried(), b.carried());
    }

    private void value(String path, Attribute.Value a, Attribute.Value b) {
        if (a.getClass() != b.getClass()) {
            same(path, a, b);
            return;
        }
        switch (a) {
            case Attribute.TensorValue(var tensor) -> tensor(path, tensor, ((Attribute.TensorValue) b).tensor());
            case Attribute.GraphValue(var graph) -> graph(path, graph, ((Attribute.GraphValue) b).graph());
            case Attribute.GraphsValue(var graphs) ->
                each(path, graphs, ((Attribute.GraphsValue) b).graphs(), this::graph);
            case Attribute.StringValue(var bytes) -> bytes(path, bytes, ((Attribute.StringValue) b).bytes());
            case Attribute.StringsValue(var strings) ->
                each(path, strings, ((Attribute.StringsValue) b).values(), (p, x, y) -> bytes(p, x.bytes(), y.bytes()));
            case Attribute.IntValue _,
                    Attribute.FloatValue _,
                    Attribute.IntsValue _,
                    Attribute.FloatsValue _,
                    Attribute.ReferenceValue _,
                    Attribute.OpaqueValue _ -> same(path, a, b);
        }
    }

    private void sparse(String path, SparseTensor a, SparseTensor b) {
        tensor(path + ".values", a.values(), b.values());
        tensor(path + ".indices", a.indices(), b.indices());
        same(path + ".dims", a.dims(), b.dims());
        carried(path, a.carried(), b.carried());
    }

    private void tensor(String path, Tensor a, Tensor b) {
        same(path + ".name", a.name(), b.name());
        same(path + ".data_type", a.type(), b.type());
        same(path + ".dims", a.dims(), b.dims());
        if (a.data() instanceof TensorData.Strings(var x) && b.data() instanceof TensorData.Strings(var y)) {
            each(path + ".string_data", x, y, this::bytes);
        } else {
            bytes(path + ".raw_data", Elements.bytes(a), Elements.bytes(b));
        }
        carried(path, a.carried(), b.carried());
    }

    private void valueInfo(String path, ValueInfo a, ValueInfo b) {
        same(path + ".name", a.name(), b.name());
        same(path + ".type", a.type(), b.type());
        same(path + ".shape", a.shape(), b.shape());
        carried(path, a.carried(), b.carried());
    }

    private void carried(String path, Carried a, Carried b) {
        bytes(path + ".carried", a.fields(), b.fields());
    }

    private void bytes(String path, MemorySegment a, MemorySegment b) {
        if (a.mismatch(b) != -1) {
            paths.add(
                    "%s: %d and %d bytes differ at byte %d".formatted(path, a.byteSize(), b.byteSize(), a.mismatch(b)));
        }
    }

    private void same(String path, @Nullable Object a, @Nullable Object b) {
        if (!Objects.equals(a, b)) {
            paths.add(path + ": " + a + " became " + b);
        }
    }
}
