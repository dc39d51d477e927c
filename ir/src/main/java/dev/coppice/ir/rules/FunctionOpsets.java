package dev.coppice.ir.rules;

import dev.coppice.ir.Function;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The operator sets of a model and of its functions: nodes of a function keep their meaning only in an operator set that has not changed them. */
final class FunctionOpsets {

    /** Operators whose nodes mean something else from a version on, besides those that {@link OpsetChanges} rewrites. */
    private static final Map<String, Integer> CHANGED = Map.ofEntries(
            Map.entry("BatchNormalization", 14),
            Map.entry("RoiAlign", 16),
            Map.entry("ReduceL1", 18),
            Map.entry("ReduceL2", 18),
            Map.entry("ReduceLogSum", 18),
            Map.entry("ReduceLogSumExp", 18),
            Map.entry("ReduceMax", 18),
            Map.entry("ReduceMean", 18),
            Map.entry("ReduceMin", 18),
            Map.entry("ReduceProd", 18),
            Map.entry("ReduceSumSquare", 18),
            Map.entry("DFT", 20),
            Map.entry("GridSample", 20),
            Map.entry("GroupNormalization", 21));

    private final List<Model.Opset> all;

    FunctionOpsets(Model model) {
        this.all = new ArrayList<>(model.opsets());
    }

    /** Returns those of the model and those that functions brought along. */
    List<Model.Opset> all() {
        return all;
    }

    /** Says whether the nodes of a function mean the same in the model; a domain that only the function knows is added to the model's. */
    boolean fit(Function function) {
        if (!function.nodes().stream().allMatch(node -> fits(function, node))) {
            return false;
        }
        function.nodes().forEach(node -> adopt(function, node));
        return true;
    }

    private boolean fits(Function function, Node node) {
        if (!node.bodies().stream()
                .allMatch(body -> body.sparseInitializers().isEmpty()
                        && body.nodes().stream().allMatch(inner -> fits(function, inner)))) {
            return false;
        }
        long ours = version(all, node.domain());
        long its = version(function.opsets(), node.domain());
        if (ours == its || ours == 0 || its == 0) {
            return true;
        }
        int from = (int) Math.min(ours, its);
        int to = (int) Math.max(ours, its);
        int changed = CHANGED.getOrDefault(node.opType(), 0);
        return node.isStandard() && !OpsetChanges.affects(node, from, to) && !(from < changed && changed <= to);
    }

    private void adopt(Function function, Node node) {
        node.bodies().forEach(body -> body.nodes().forEach(inner -> adopt(function, inner)));
        long its = version(function.opsets(), node.domain());
        if (version(all, node.domain()) == 0 && its != 0) {
            all.add(new Model.Opset(node.domain(), its));
        }
    }

    /** Returns the version of a domain; 0 when it is not imported. */
    private static long version(List<Model.Opset> opsets, String domain) {
        return opsets.stream()
                .filter(opset -> standard(opset.domain()).equals(standard(domain)))
                .mapToLong(Model.Opset::version)
                .findFirst()
                .orElse(0);
    }

    private static String standard(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }
}
