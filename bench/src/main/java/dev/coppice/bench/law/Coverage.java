package dev.coppice.bench.law;

import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * How much of a model's weights structured pruning can reach: the weights of convolutions, matrix products and recurrent layers that
 * lie in at least one group of two units or more that nothing blocks.
 *
 * @param weights elements of all such weights
 * @param covered those in a prunable group
 * @param exact those in a prunable group that is not normalised
 * @param reasons what keeps the others, and how many elements it keeps
 */
record Coverage(long weights, long covered, long exact, Map<String, Long> reasons) {

    /** For each operator the operands that may be weights. */
    private static final Map<String, List<Integer>> OPERANDS = Map.of(
            "Conv", List.of(1),
            "ConvTranspose", List.of(1),
            "Gemm", List.of(0, 1),
            "MatMul", List.of(0, 1),
            "Einsum", List.of(0, 1, 2),
            "LSTM", List.of(1, 2),
            "GRU", List.of(1, 2),
            "RNN", List.of(1, 2));

    static Coverage of(Model model, Groups groups) {
        var weights = weights(model);
        var byConstant = new HashMap<String, List<Group>>();
        for (var group : groups.list()) {
            for (var member : group.members()) {
                byConstant
                        .computeIfAbsent(member.constant(), _ -> new ArrayList<>())
                        .add(group);
            }
        }
        long all = 0;
        long covered = 0;
        long exact = 0;
        var reasons = new TreeMap<String, Long>();
        for (var weight : weights.values()) {
            var own = byConstant.getOrDefault(weight.name(), List.of());
            all += weight.size();
            if (own.stream().anyMatch(Coverage::isPrunable)) {
                covered += weight.size();
                exact += own.stream().anyMatch(group -> isPrunable(group) && !group.normalised()) ? weight.size() : 0;
            } else {
                reasons.merge(reason(own), weight.size(), Long::sum);
            }
        }
        return new Coverage(all, covered, exact, reasons);
    }

    private static boolean isPrunable(Group group) {
        return group.blocked().isEmpty() && group.width() > 1;
    }

    private static String reason(List<Group> groups) {
        var texts = new java.util.TreeSet<String>();
        for (var group : groups) {
            group.blocked()
                    .forEach(reason ->
                            texts.add(reason.node().isEmpty() ? reason.text() : reason.text() + " " + reason.op()));
        }
        return texts.isEmpty() ? "all channels are one unit" : String.join("; ", texts);
    }

    /** Returns the stored matrices that are, or of which are made, the weights of the operators that multiply. */
    private static Map<String, Tensor> weights(Model model) {
        var stored = new HashMap<String, Tensor>();
        model.graph().initializers().forEach(tensor -> stored.put(tensor.name(), tensor));
        var producers = new HashMap<String, Node>();
        for (var node : model.graph().nodes()) {
            node.outputs().forEach(output -> producers.put(output, node));
            if (node.is("Constant")) {
                node.tensorAttribute("value")
                        .ifPresent(value -> stored.put(node.output(0), value.withName(node.output(0))));
            }
        }
        var weights = new LinkedHashMap<String, Tensor>();
        for (var node : model.graph().nodes()) {
            for (int operand :
                    node.isStandard() ? OPERANDS.getOrDefault(node.opType(), List.of()) : List.<Integer>of()) {
                var sources = new LinkedHashMap<String, Tensor>();
                if (collect(node.input(operand), stored, producers, sources, new HashSet<>())) {
                    weights.putAll(sources);
                }
            }
        }
        return weights;
    }

    /** Collects the stored matrices that a value is made of; says whether it is made of nothing else. */
    private static boolean collect(
            String value,
            Map<String, Tensor> stored,
            Map<String, Node> producers,
            Map<String, Tensor> into,
            Set<String> seen) {
        var tensor = stored.get(value);
        if (tensor != null) {
            if (tensor.type().prunable()
                    && tensor.dims().stream().filter(dim -> dim > 1).count() > 1) {
                into.put(value, tensor);
            }
            return true;
        }
        var producer = producers.get(value);
        if (value.isEmpty() || seen.contains(value)) {
            return true;
        }
        seen.add(value);
        if (producer == null || producer.inputs().isEmpty()) {
            return false;
        }
        boolean constant = true;
        for (var input : producer.inputs()) {
            constant &= collect(input, stored, producers, into, seen);
        }
        return constant;
    }

    double share() {
        return weights == 0 ? 1 : (double) covered / weights;
    }

    double exactShare() {
        return weights == 0 ? 1 : (double) exact / weights;
    }
}
