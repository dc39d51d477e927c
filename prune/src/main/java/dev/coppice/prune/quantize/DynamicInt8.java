package dev.coppice.prune.quantize;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.rules.RaiseOpset;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.ir.shape.Shapes;
import dev.coppice.prune.Selection;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Dynamic int8: weights are quantized here, activations while the model runs, each by its own range. A MatMul or Gemm becomes
 *
 * <pre>
 * x_q, x_scale, x_zero = DynamicQuantizeLinear(x)     # once for all readers of x
 * i32 = MatMulInteger(x_q, w_int8, x_zero)
 * y = Mul(Cast(i32), Mul(x_scale, w_scale))
 * </pre>
 *
 * which ONNX Runtime fuses, with a bias that is added next, into DynamicQuantizeMatMul, or into MatMulIntegerToFloat where several
 * read x. Tables read by Gather become int8 rows with a scale each, where that is asked for. Products of two activations stay float.
 */
public final class DynamicInt8 implements Quantizer {

    private static final Set<String> MATRICES = Set.of("MatMul", "Gemm");

    private static final Map<String, String> OTHERS = Map.of(
            "Conv", "convolutions gain by static int8 only: use --int8 static",
            "ConvTranspose", "transposed convolutions have no int8 form that gains",
            "LSTM", "ONNX has no int8 form of it",
            "GRU", "ONNX has no int8 form of it",
            "RNN", "ONNX has no int8 form of it");

    /** The first with DynamicQuantizeLinear. */
    private static final int OPSET = 11;

    private final Model original;
    private final Model model;
    private final Shapes shapes;
    private final Int8Range range;
    private final List<Int8Site> sites = new ArrayList<>();
    private final List<FloatLayer> inFloat = new ArrayList<>();
    private final Map<WeightKey, Int8Weight> weights = new HashMap<>();
    private final Set<WeightKey> products = new HashSet<>();

    /**
     * What to quantize, and how finely.
     *
     * @param embeddings whether tables read by Gather become int8, too
     */
    public record Request(Selection selection, Int8Range range, boolean embeddings) {}

    private DynamicInt8(Model original, RaiseOpset.Result raised, Request request) {
        this.original = original;
        this.model = raised.model().orElse(original);
        this.shapes = ShapeInference.infer(model);
        this.range = request.range();
        var ops = new HashSet<>(OTHERS.keySet());
        ops.addAll(MATRICES);
        ops.add("Gather");
        var found = Int8Sites.of(model, ops, request.selection());
        found.inFloat().stream()
                .filter(layer -> request.embeddings() || !layer.op().equals("Gather"))
                .forEach(inFloat::add);
        var possible = new ArrayList<Int8Site>();
        for (var site : found.found()) {
            var obstacle = raised.model().isEmpty() ? raised.obstacle() : obstacle(site);
            if (obstacle.isEmpty()) {
                possible.add(site);
            } else if (request.embeddings() || !site.node().is("Gather")) {
                inFloat.add(site.left(obstacle));
            }
        }
        possible.forEach(site -> products.add(WeightKey.of(site)));
        possible.removeIf(site -> site.node().is("Gather") && !request.embeddings() && !isTied(site));
        var read = Int8Sites.readBesides(model.graph(), possible);
        for (var site : possible) {
            if (read.contains(site.weight().name())) {
                inFloat.add(site.left(Int8Sites.SHARED));
            } else {
                sites.add(site);
            }
        }
    }

    /** Says whether a product reads a table too, transposed, with a scale for each of its rows: both read one int8 table. */
    private boolean isTied(Int8Site gather) {
        return products.contains(WeightKey.of(gather).transposed());
    }

    /** Prepares a model; throws {@link dev.coppice.ir.UsageException} when a glob of the request matches no layer. */
    public static DynamicInt8 of(Model model, Request request) {
        return new DynamicInt8(model, RaiseOpset.to(model, OPSET), request);
    }

    private static String obstacle(Int8Site site) {
        var node = site.node();
        if (OTHERS.containsKey(node.opType())) {
            return OTHERS.get(node.opType());
        }
        int rank = site.weight().dims().size();
        if (rank != 2) {
            return "its weight has " + rank + " dimensions, int8 needs 2";
        }
        return MATRICES.contains(node.opType()) && site.operand() == 0
                ? "its weight is the left operand of " + node.opType() + ", int8 needs the right one"
                : "";
    }

    @Override
    public Quantization quantize(Map<String, String> left) {
        var layers = new ArrayList<QuantizedLayer>();
        var floats = new ArrayList<>(inFloat);
        var reasons = reasons(left);
        var tables = new HashSet<WeightKey>();
        sites.stream()
                .filter(site -> site.node().is("Gather")
                        && reasons.getOrDefault(site.id(), "").isEmpty())
                .forEach(site -> tables.add(WeightKey.of(site)));
        var writer = new DynamicWriter(model.graph(), tables);
        var replacements = new ArrayList<Map.Entry<Node, List<Node>>>();
        for (var site : sites) {
            var reason = reasons.getOrDefault(site.id(), "");
            if (reason.isEmpty()) {
                try {
                    var type =
                            shapes.type(site.id()).orElse(site.weight().source().type());
                    Malformed.guard(site.node(), "its int8 form", () -> {
                        var weight = int8(site, tables);
                        var stored = writer.store(site, weight);
                        replacements.add(Map.entry(site.node(), writer.nodes(site, stored, type)));
                        layers.add(layer(site, weight, stored));
                    });
                } catch (BadModelException e) {
                    floats.add(site.left("" + e.getMessage()));
                }
            } else {
                floats.add(site.left(reason));
            }
        }
        if (layers.isEmpty()) {
            return new Quantization(original, layers, floats);
        }
        var graph = GraphEditor.edit(model.graph(), editor -> {
            replacements.forEach(r -> editor.replace(r.getKey(), r.getValue().toArray(Node[]::new)));
            writer.constants().forEach(editor::put);
        });
        return new Quantization(model.withGraph(DropUnused.apply(graph)), layers, floats);
    }

    /** A Gather follows the products that read its table: one of them in int8 and another in float would take two. */
    private Map<String, String> reasons(Map<String, String> left) {
        var reasons = new HashMap<>(left);
        var quantized = new HashSet<WeightKey>();
        sites.stream()
                .filter(site -> left.getOrDefault(site.id(), "").isEmpty())
                .forEach(site -> quantized.add(WeightKey.of(site)));
        for (var site : sites) {
            if (site.node().is("Gather") && isTied(site)) {
                if (quantized.contains(WeightKey.of(site).transposed())) {
                    reasons.remove(site.id());
                } else {
                    reasons.putIfAbsent(site.id(), "the product that reads its table stays in float");
                }
            }
        }
        return reasons;
    }

    private Int8Weight int8(Int8Site site, Set<WeightKey> tables) {
        var own = WeightKey.of(site);
        var key = tables.contains(own.transposed()) ? own.transposed() : own;
        return weights.computeIfAbsent(key, _ -> Int8Weight.of(key.weight(), key.axis(), range));
    }

    private static QuantizedLayer layer(Int8Site site, Int8Weight weight, DynamicWriter.Stored stored) {
        long size = weight.values().size();
        return new QuantizedLayer(
                site.node(),
                site.weight().name(),
                stored.values(),
                weight.values().dims(),
                weight.zeros(),
                site.weight().source().type().bytes(size),
                size + DType.FLOAT.bytes(weight.scales().size()));
    }
}
