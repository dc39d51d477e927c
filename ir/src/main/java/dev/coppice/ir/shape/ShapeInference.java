package dev.coppice.ir.shape;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Malformed;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Shape;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.eval.ConstantEvaluator;
import dev.coppice.ir.eval.Tensors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Infers types and shapes from the inputs on, node by node. Integers that shapes are made of are computed on the way. What
 * cannot be inferred (operators without a rule, calls of model-local functions) is what the model declares of it, or the rank that an
 * operator asks for, or else unknown; nothing is guessed. Bodies of If, Loop and Scan are entered for what they put out.
 */
public final class ShapeInference {

    /** The most elements of a constant that is computed on the way. */
    private static final long SMALL = 4096;

    /** The most elements of a constant once those computed before have become many. */
    private static final long SMALLEST = 64;

    private static final long MANY = 1 << 22;

    private static final long IR_VERSION_WITH_DEFAULTS = 4;

    private final Model model;
    private final Declarations declarations;
    private final Map<String, Typed> values = new HashMap<>();
    private final @Nullable ShapeInference outer;
    private int depth;
    private int numbers;
    private long computed;

    /** Bodies in bodies are entered so far; going round in each would multiply. */
    private static final int DEEPEST = 3;

    private ShapeInference(Model model, Declarations declarations, @Nullable ShapeInference outer) {
        this.model = model;
        this.declarations = declarations;
        this.outer = outer;
    }

    /** Infers with the inputs as the model declares them; otherwise as {@link #infer(Model, Map)}. */
    public static Shapes infer(Model model) {
        return infer(model, Map.of());
    }

    /**
     * Infers what can be known of every value of the main graph.
     *
     * @param inputOverrides shapes of some inputs, to be taken instead of the declared ones; where an input declares a symbol, that
     *     symbol gets the given size everywhere
     * @throws BadModelException when a node cannot have the inputs it has; the message names it
     * @throws dev.coppice.ir.UsageException when the model has no input of a name
     */
    public static Shapes infer(Model model, Map<String, Shape> inputOverrides) {
        var inference = new ShapeInference(model, new Declarations(model.graph(), inputOverrides), null);
        inference.addInputs(inputOverrides);
        inference.addConstants();
        for (var node : model.graph().nodes()) {
            inference.add(node);
        }
        return new Shapes(inference.values);
    }

    private void addInputs(Map<String, Shape> overrides) {
        for (var input : model.graph().inputs()) {
            var given = overrides.get(input.name());
            var shape = given == null ? declarations.bound(input.shape()) : given;
            values.put(input.name(), numbered(Typed.of(input.type(), shape)));
        }
    }

    private void addConstants() {
        var inputs = new HashSet<String>();
        model.graph().inputs().stream().map(ValueInfo::name).forEach(inputs::add);
        for (var tensor : model.graph().initializers()) {
            // From IR version 4 on an initializer that is an input too is only a default for it.
            boolean overridable = model.irVersion() >= IR_VERSION_WITH_DEFAULTS && inputs.contains(tensor.name());
            values.put(tensor.name(), overridable ? Typed.of(tensor.type(), tensor.shape()) : Typed.of(tensor));
        }
        for (var sparse : model.graph().sparseInitializers()) {
            values.put(sparse.name(), Typed.of(sparse.values().type(), Shape.of(sparse.dims())));
        }
    }

    private Typed value(String name) {
        var own = values.get(name);
        return own != null ? own : outer == null ? Typed.UNKNOWN : outer.value(name);
    }

    /** Returns what is known of a node's inputs; of one of unknown rank the rank that the operator asks for. */
    private List<Typed> inputs(Node node) {
        var inputs = new ArrayList<>(node.inputs().stream().map(this::value).toList());
        for (int i = 0; i < inputs.size(); i++) {
            if (inputs.get(i).shape() == null && !node.input(i).isEmpty()) {
                int rank = RankNeeds.of(new NodeContext(node, model.opset(), inputs), i);
                if (rank >= 0) {
                    inputs.set(i, numbered(Typed.ofRank(inputs.get(i).type(), rank)));
                    values.put(node.input(i), inputs.get(i));
                }
            }
        }
        return inputs;
    }

    private void add(Node node) {
        var inputs = inputs(node);
        var outputs = infer(new NodeContext(node, model.opset(), inputs));
        for (int i = 0; i < node.outputs().size(); i++) {
            var name = node.output(i);
            if (!name.isEmpty()) {
                var inferred = i < outputs.size() ? outputs.get(i) : Typed.UNKNOWN;
                values.put(name, numbered(declarations.merge(name, inferred)));
            }
        }
    }

    /** Returns what is known of a body's outputs; what it declares of its values counts as far as type and rank. */
    private List<Typed> body(Graph body, List<Typed> inputs) {
        var declared = body.outputs().stream().map(ControlFlowRules::declared).toList();
        if (depth >= DEEPEST) {
            return declared;
        }
        var inner = new ShapeInference(model.withGraph(body), Declarations.ofRanks(body), this);
        inner.depth = depth + 1;
        inner.numbers = numbers;
        try {
            for (int i = 0; i < body.inputs().size(); i++) {
                var name = body.inputs().get(i).name();
                var known = i < inputs.size() ? inputs.get(i) : Typed.UNKNOWN;
                inner.values.put(name, inner.numbered(inner.declarations.merge(name, known)));
            }
            inner.addConstants();
            body.nodes().forEach(inner::add);
        } catch (BadModelException e) {
            // Which body runs, and how often, is decided by data: one that does not fit may never run.
            return declared;
        } finally {
            numbers = inner.numbers;
        }
        return body.outputs().stream()
                .map(output -> inner.declarations.merge(output.name(), inner.value(output.name())))
                .toList();
    }

    /** Numbers the dimensions of which nothing is known, so that they are the same wherever they come. */
    private Typed numbered(Typed value) {
        var shape = value.shape();
        if (shape == null || shape.dims().stream().allMatch(Dim::isIdentified)) {
            return value;
        }
        var dims = shape.dims().stream()
                .map(dim -> dim.isIdentified() ? dim : new Dim.Unknown(++numbers))
                .toList();
        return new Typed(value.type(), new Shape(dims), value.constant(), value.terms());
    }

    private List<Typed> infer(NodeContext in) {
        var node = in.node();
        if (model.calls(node)) {
            return List.of();
        }
        NodeForm.check(in);
        var constants = evaluate(in);
        if (constants != null) {
            return constants.stream().map(Typed::of).toList();
        }
        if (ControlFlowRules.covers(in)) {
            return ControlFlowRules.infer(in, this::body);
        }
        var rule = RuleTable.of(node);
        if (rule == null) {
            return List.of();
        }
        return Malformed.guard(node, "the shape of its outputs", () -> withTerms(in, rule.infer(in)));
    }

    /** Returns the outputs when all inputs are constant and the outputs are small; else null. */
    private @Nullable List<Tensor> evaluate(NodeContext in) {
        var tensors = new ArrayList<@Nullable Tensor>();
        for (int i = 0; i < in.inputs().size(); i++) {
            var constant = in.input(i).constant();
            if (constant == null && in.has(i)) {
                return null;
            }
            tensors.add(constant);
        }
        var results = ConstantEvaluator.evaluate(in.node(), tensors, computed < MANY ? SMALL : SMALLEST);
        computed += results.orElse(List.of()).stream().mapToLong(Tensor::size).sum();
        return results.orElse(null);
    }

    /** Adds what is known of the elements of the first output; all of them known make it a constant. */
    private static List<Typed> withTerms(NodeContext in, List<Typed> outputs) {
        var rule = in.node().isStandard() ? TermRules.RULES.get(in.node().opType()) : null;
        if (rule == null || outputs.isEmpty() || !TermRules.applies(outputs.getFirst())) {
            return outputs;
        }
        var terms = rule.infer(in);
        var first = outputs.getFirst();
        if (terms == null || !TermRules.fits(first, terms)) {
            return outputs;
        }
        var known = new ArrayList<>(outputs);
        known.set(0, constant(first, terms));
        return Collections.unmodifiableList(known);
    }

    private static Typed constant(Typed value, List<Term> terms) {
        var numbers = new long[terms.size()];
        for (int i = 0; i < numbers.length; i++) {
            if (!(terms.get(i) instanceof Term.Whole(long number))) {
                return value.withTerms(terms);
            }
            numbers[i] = number;
        }
        var type = value.type();
        var shape = value.shape();
        if (type == null || shape == null) {
            return value.withTerms(terms);
        }
        var dims = shape.rank() == 0 ? List.<Long>of() : List.of((long) numbers.length);
        return Typed.of(Tensors.ofLongs(type, dims, numbers));
    }
}
