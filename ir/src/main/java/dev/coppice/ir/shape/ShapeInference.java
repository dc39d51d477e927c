package dev.coppice.ir.shape;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Dim;
import dev.coppice.ir.Function;
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
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Infers types and shapes from the inputs on, node by node. Integers that shapes are made of are computed on the way. What
 * cannot be inferred (operators without a rule, calls of model-local functions, control flow) is what the model declares of it,
 * or else unknown; nothing is guessed. Bodies of control-flow nodes are not entered; of If the ranks are those its branches declare.
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
    private final Set<String> functions = new HashSet<>();
    private final Map<String, Typed> values = new HashMap<>();
    private int numbers;
    private long computed;

    private ShapeInference(Model model, Map<String, Shape> overrides) {
        this.model = model;
        this.declarations = new Declarations(model.graph(), overrides);
        for (Function function : model.functions()) {
            functions.add(function.domain() + "::" + function.name());
        }
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
        var inference = new ShapeInference(model, inputOverrides);
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

    private void add(Node node) {
        var inputs = node.inputs().stream()
                .map(name -> values.getOrDefault(name, Typed.UNKNOWN))
                .toList();
        var outputs = infer(new NodeContext(node, model.opset(), inputs));
        for (int i = 0; i < node.outputs().size(); i++) {
            var name = node.output(i);
            if (!name.isEmpty()) {
                var inferred = i < outputs.size() ? outputs.get(i) : Typed.UNKNOWN;
                values.put(name, numbered(declarations.merge(name, inferred)));
            }
        }
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
        if (functions.contains(node.domain() + "::" + node.opType())) {
            return List.of();
        }
        NodeForm.check(in);
        var constants = evaluate(in);
        if (constants != null) {
            return constants.stream().map(Typed::of).toList();
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
