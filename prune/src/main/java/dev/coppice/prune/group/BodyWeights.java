package dev.coppice.prune.group;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.prune.Blocked;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights inside the bodies of If, Loop and Scan. They lie in no {@linkplain Groups group}: which body runs, and how often, is
 * decided when the model runs, so that structure there is left as it is.
 */
public final class BodyWeights {

    private final Map<String, Blocked> found = new LinkedHashMap<>();

    private BodyWeights() {}

    /** Returns each matrix that a node of a body uses, with the reason why no channel of it is removed. */
    public static List<Blocked> of(Model model) {
        var self = new BodyWeights();
        for (var node : model.graph().nodes()) {
            node.bodies().forEach(body -> self.add(node, body));
        }
        return List.copyOf(self.found.values());
    }

    private void add(Node outer, Graph body) {
        var stored = body.storedTensors();
        for (var node : body.nodes()) {
            for (var input : node.inputs()) {
                var tensor = stored.get(input);
                if (tensor != null && tensor.type().prunable() && Member.isMatrix(tensor.dims())) {
                    found.putIfAbsent(input, blocked(outer, node, input));
                }
            }
            node.bodies().forEach(inner -> add(outer, inner));
        }
    }

    private static Blocked blocked(Node outer, Node node, String weight) {
        var reason = "lies in a body of the %s '%s', where structure is left as it is"
                .formatted(outer.opType(), outer.label());
        return new Blocked(weight, node.label(), "channels", reason, List.of(weight, node.label()));
    }
}
