package dev.coppice.train.torch;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.ValueInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX graph executed on libtorch tensors, one {@link Lowering} a node, so that autograd differentiates it.
 *
 * <p>Values are freed after their last use, temporaries after each node; what autograd needs it keeps itself. Not thread-safe.
 */
public final class TorchGraph implements AutoCloseable {

    /**
     * A node ready to run.
     *
     * @param in slots of the inputs, -1 where left out
     * @param out slots of the outputs, -1 where nobody wants them
     * @param dead slots not needed after this node
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Step(Node node, Lowering lowering, int[] in, int[] out, int[] dead) {}

    private final int opset;
    private final Precision precision;
    private final List<String> inputs;
    private final List<String> outputs;
    private final Map<String, Integer> slots = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Tensor> owned = new ArrayList<>();
    /** Libtorch computes on the bytes of these: they must not be collected as long as it may. */
    private final List<dev.coppice.ir.Tensor> sources = new ArrayList<>();

    private Layout layout = Layout.CHANNELS_FIRST;
    private @Nullable Tensor[] constants = {};

    private TorchGraph(Model model, List<String> outputs, Precision precision) {
        this.opset = model.opset();
        this.precision = precision;
        this.outputs = List.copyOf(outputs);
        this.inputs = model.graph().fedInputs().stream().map(ValueInfo::name).toList();
    }

    /**
     * Prepares a model for running.
     *
     * @param outputs the values to compute, of the graph's outputs or of any node
     * @param bound tensors that take the place of the constants of these names: weights being trained; they stay the caller's
     * @throws BadModelException when a value does not exist, or an operator on the way to one is not supported
     */
    public static TorchGraph of(Model model, List<String> outputs, Map<String, Tensor> bound, Precision precision) {
        var graph = new TorchGraph(model, outputs, precision);
        try {
            graph.compile(model, bound);
            return graph;
        } catch (RuntimeException e) {
            graph.close();
            throw e;
        }
    }

    /** Prepares a model as it stands for computing its own outputs in float32. */
    public static TorchGraph of(Model model) {
        return of(model, outputNames(model), Map.of(), Precision.FLOAT32);
    }

    /** Returns the names of a model's outputs. */
    public static List<String> outputNames(Model model) {
        return model.graph().outputs().stream().map(info -> info.name()).toList();
    }

    private void compile(Model model, Map<String, Tensor> bound) {
        var values = Constants.of(model.graph());
        var needed = Fusion.of(neededNodes(model.graph().nodes()), values, outputs);
        layout = Layout.of(needed, values);
        inputs.forEach(this::slot);
        for (var node : needed) {
            node.inputs().stream().filter(name -> !name.isEmpty()).forEach(this::slot);
            node.outputs().stream().filter(name -> !name.isEmpty()).forEach(this::slot);
        }
        for (var output : outputs) {
            if (!slots.containsKey(output) && !values.containsKey(output)) {
                throw new BadModelException(
                        "the model has no value " + output, "name an output of the graph or of a node");
            }
            slot(output);
        }
        constants = new Tensor[slots.size()];
        values.forEach((name, tensor) -> {
            var slot = slots.get(name);
            if (slot != null) {
                constants[slot] = bound.containsKey(name) ? bound.get(name) : own(name, tensor);
            }
        });
        var lastUse = lastUses(needed);
        for (int i = 0; i < needed.size(); i++) {
            steps.add(step(needed.get(i), i, lastUse));
        }
    }

    private Tensor own(String name, dev.coppice.ir.Tensor tensor) {
        try {
            var shared = Scope.keep(Tensors.shared(tensor, precision));
            owned.add(shared);
            sources.add(tensor);
            return shared;
        } catch (UnsupportedOperationException e) {
            throw new BadModelException(
                    "the constant " + name + ": " + e.getMessage(), "such a model cannot be trained", e);
        }
    }

    private int slot(String name) {
        return slots.computeIfAbsent(name, _ -> slots.size());
    }

    /** Returns the nodes that lead to the outputs, in order, without constants. */
    private List<Node> neededNodes(List<Node> nodes) {
        Set<String> wanted = new HashSet<>(outputs);
        var needed = new ArrayList<Node>();
        for (var node : nodes.reversed()) {
            if (node.outputs().stream().anyMatch(wanted::contains) && !node.is("Constant")) {
                wanted.addAll(node.inputs());
                needed.add(node);
            }
        }
        return needed.reversed();
    }

    private Map<Integer, Integer> lastUses(List<Node> needed) {
        var last = new HashMap<Integer, Integer>();
        for (int i = 0; i < needed.size(); i++) {
            for (var name : needed.get(i).outputs()) {
                if (!name.isEmpty()) {
                    last.put(slot(name), i);
                }
            }
            for (var name : needed.get(i).inputs()) {
                if (!name.isEmpty() && constants[slot(name)] == null) {
                    last.put(slot(name), i);
                }
            }
        }
        outputs.forEach(name -> last.remove(slot(name)));
        return last;
    }

    private Step step(Node node, int index, Map<Integer, Integer> lastUse) {
        var lowering = Fusion.lowering(node);
        if (lowering == null) {
            throw new BadModelException(
                    "node " + node.label() + ": the operator " + (node.isStandard() ? "" : node.domain() + ".")
                            + node.opType() + " cannot be trained through",
                    "docs/operators.md lists what can; prune without fine-tuning, or export the model with ordinary"
                            + " operators");
        }
        int[] in = node.inputs().stream()
                .mapToInt(name -> name.isEmpty() ? -1 : slot(name))
                .toArray();
        int[] out = node.outputs().stream()
                .mapToInt(name -> name.isEmpty() ? -1 : slot(name))
                .toArray();
        int[] dead = Arrays.stream(new int[][] {in, out})
                .flatMapToInt(Arrays::stream)
                .filter(slot -> lastUse.getOrDefault(slot, -1) == index)
                .distinct()
                .toArray();
        return new Step(node, lowering, in, out, dead);
    }

    /** Returns the names of the inputs that {@link #run} needs. */
    public List<String> inputs() {
        return inputs;
    }

    /**
     * Computes the outputs; they belong to the {@link Scope} that is open on this thread.
     *
     * @param given by input name; they stay the caller's
     * @param training whether BatchNormalization uses the batch's statistics, and lets the running ones follow in place
     * @throws BadModelException when a node cannot compute
     */
    public Map<String, Tensor> run(Map<String, Tensor> given, boolean training) {
        var values = constants.clone();
        for (var name : inputs) {
            values[slot(name)] = given.get(name);
        }
        var live = new HashSet<Integer>();
        try {
            for (var step : steps) {
                run(step, values, live, training);
            }
            var results = new LinkedHashMap<String, Tensor>();
            for (var name : outputs) {
                int slot = slot(name);
                var value = values[slot];
                if (value == null) {
                    throw new BadModelException(
                            "the value " + name + " is not computed", "give every input of the model");
                }
                results.put(name, live.remove(slot) ? Scope.adopt(value) : value);
            }
            return results;
        } finally {
            for (int slot : live) {
                Scope.free(java.util.Objects.requireNonNull(values[slot]));
            }
        }
    }

    private void run(Step step, @Nullable Tensor[] values, Set<Integer> live, boolean training) {
        var arguments = new @Nullable Tensor[step.in().length];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = step.in()[i] < 0 ? null : values[step.in()[i]];
        }
        try (var _ = new Scope()) {
            var results = step.lowering().lower(new Call(step.node(), opset, arguments, precision, layout, training));
            for (int i = 0; i < results.size() && i < step.out().length; i++) {
                if (step.out()[i] >= 0) {
                    values[step.out()[i]] = Scope.keep(results.get(i));
                    live.add(step.out()[i]);
                }
            }
        } catch (Lowering.Refusal | UnsupportedOperationException e) {
            throw failure(step.node(), String.valueOf(e.getMessage()), e);
        } catch (BadModelException e) {
            throw e;
        } catch (RuntimeException e) {
            throw failure(
                    step.node(),
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        }
        for (int slot : step.dead()) {
            if (live.remove(slot)) {
                Scope.free(java.util.Objects.requireNonNull(values[slot]));
                values[slot] = null;
            }
        }
    }

    private static BadModelException failure(Node node, String reason, RuntimeException cause) {
        return new BadModelException(
                "node " + node.label() + " (" + node.opType() + "): " + reason,
                "the training engine cannot compute this node; docs/operators.md lists what it can",
                cause);
    }

    @Override
    public void close() {
        owned.forEach(Scope::free);
        owned.clear();
        sources.clear();
    }
}
