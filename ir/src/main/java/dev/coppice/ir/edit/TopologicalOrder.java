package dev.coppice.ir.edit;

import dev.coppice.ir.Function;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Puts nodes behind those whose values they use, in bodies and functions too. Some converters append casts at the end, and runtimes sort as they
 * load. What is in order stays the same object, and nodes keep their order where they can.
 */
@SuppressWarnings("ReferenceEquality") // "the same object" is the point: Origins are kept by identity
public final class TopologicalOrder {

    private TopologicalOrder() {}

    /** Returns the model sorted; itself when it is, and as it is where nodes wait for each other. */
    public static Model sort(Model model) {
        var graph = sort(model.graph());
        var functions = new ArrayList<Function>();
        boolean same = graph == model.graph();
        for (var function : model.functions()) {
            var nodes = sort(function.nodes());
            same &= nodes == function.nodes();
            functions.add(nodes == function.nodes() ? function : function.withNodes(nodes));
        }
        return same ? model : model.withGraph(graph).withFunctions(functions);
    }

    private static Graph sort(Graph graph) {
        var nodes = sort(graph.nodes());
        return nodes == graph.nodes() ? graph : graph.withNodes(nodes);
    }

    private static List<Node> sort(List<Node> given) {
        var nodes = new ArrayList<Node>(given.size());
        boolean same = true;
        for (var node : given) {
            var sorted = node.withBodies(TopologicalOrder::sort);
            same &= sorted == node;
            nodes.add(sorted);
        }
        var order = order(nodes);
        for (int i = 0; i < order.size(); i++) {
            same &= order.get(i) == i;
        }
        return same ? given : order.stream().map(nodes::get).toList();
    }

    /** Returns the places of nodes in an order in which each follows what it uses, the first that can come first; in the given one if there is none. */
    private static List<Integer> order(List<Node> nodes) {
        var given = new ArrayList<Integer>();
        var producers = new HashMap<String, Integer>();
        for (int i = 0; i < nodes.size(); i++) {
            given.add(i);
            for (var output : nodes.get(i).outputs()) {
                producers.putIfAbsent(output, i);
            }
        }
        var users = new HashMap<Integer, List<Integer>>();
        var waiting = new int[nodes.size()];
        boolean sorted = true;
        for (int i = 0; i < nodes.size(); i++) {
            var sources = nodes.get(i).uses().stream()
                    .filter(value -> !value.isEmpty() && producers.containsKey(value))
                    .map(producers::get)
                    .distinct()
                    .toList();
            for (int source : sources) {
                users.computeIfAbsent(source, _ -> new ArrayList<>()).add(i);
                waiting[i]++;
                sorted &= source < i;
            }
        }
        return sorted ? given : ready(waiting, users, given);
    }

    private static List<Integer> ready(int[] waiting, Map<Integer, List<Integer>> users, List<Integer> given) {
        var ready = new PriorityQueue<Integer>();
        for (int i = 0; i < waiting.length; i++) {
            if (waiting[i] == 0) {
                ready.add(i);
            }
        }
        var order = new ArrayList<Integer>();
        while (!ready.isEmpty()) {
            int next = ready.remove();
            order.add(next);
            for (int user : users.getOrDefault(next, List.of())) {
                if (--waiting[user] == 0) {
                    ready.add(user);
                }
            }
        }
        return order.size() == given.size() ? order : given;
    }
}
