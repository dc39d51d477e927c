package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Repairs the layers that read what has been removed, or that have lost weights, so that they put out what the dense model's do on
 * calibration data: layer after layer, on the outputs of the layers already repaired. Layers that do not depend on each other share a
 * pass over the data. No gradients, no labels.
 */
public final class Reconstruction {

    /** What of a layer is changed. */
    public enum Method {
        /** Weights and bias, by least squares (He et al. 2017, section 3.1); the bias alone where that cannot be. */
        LEAST_SQUARES,
        /** The bias, by the mean error of each output (Nagel et al. 2019, section 4.2, with data). */
        BIAS
    }

    /**
     * A repaired model.
     *
     * @param layers how many of its layers were changed
     * @param remarks for each layer that was not repaired as asked, its name and the reason
     */
    public record Repaired(Model model, int layers, List<String> remarks) {
        public Repaired {
            remarks = List.copyOf(remarks);
        }
    }

    private final Groups groups;
    private final Removal removal;
    private final Method method;
    private final Samples data;
    private final Parallel parallel;
    private final Progress progress;
    private final StepwiseRun dense;
    private final StepwiseRun pruned;
    private final List<String> remarks = new ArrayList<>();
    private Model current;
    private int repaired;

    private Reconstruction(
            Groups groups, Removal removal, Model pruned, Method method, Samples data, int threads, Progress progress) {
        this.groups = groups;
        this.removal = removal;
        this.current = pruned;
        this.method = method;
        this.data = new Repeated(data);
        this.parallel = new Parallel(threads);
        this.progress = progress;
        this.dense = new StepwiseRun(threads);
        this.pruned = new StepwiseRun(threads);
    }

    /**
     * Repairs the layers that read what a cut has removed.
     *
     * @param groups of the dense model
     * @param cut the model without what {@code removal} removes
     * @throws dev.coppice.ir.BadModelException when one of the models does not run
     */
    public static Repaired ofCut(
            Groups groups, Removal removal, Model cut, Method method, Samples data, int threads, Progress progress) {
        var operands = new LinkedHashMap<String, Integer>();
        for (var group : groups.list()) {
            if (removal.kept(group) < group.width()) {
                group.flows().forEach(flow -> operands.put(flow.node().output(0), flow.data()));
            }
        }
        return new Reconstruction(groups, removal, cut, method, data, threads, progress).run(operands);
    }

    /**
     * Corrects the biases of all layers of a model that has lost single weights: the zeros stay.
     *
     * @param dense the model before, with the same nodes
     * @throws dev.coppice.ir.BadModelException when one of the models does not run
     */
    public static Repaired correctBiases(Model dense, Model pruned, Samples data, int threads, Progress progress) {
        var groups = Groups.of(dense);
        var operands = new LinkedHashMap<String, Integer>();
        for (var node : pruned.graph().nodes()) {
            if (Bias.of(pruned.graph(), node, 1).isPresent()) {
                operands.put(node.output(0), 0);
            }
        }
        return new Reconstruction(groups, groups.nothing(), pruned, Method.BIAS, data, threads, progress).run(operands);
    }

    private Repaired run(Map<String, Integer> operands) {
        var levels = levels(current.graph(), operands.keySet());
        try (dense;
                pruned) {
            for (int i = 0; i < levels.size(); i++) {
                progress.update(method == Method.BIAS ? "correct" : "reconstruct", i, levels.size(), "levels");
                repair(levels.get(i), operands);
            }
        }
        return new Repaired(current, repaired, remarks);
    }

    /** Returns the readers, those first that depend on no other reader. */
    private static List<List<Node>> levels(Graph graph, Set<String> readers) {
        var depth = new HashMap<String, Integer>();
        var levels = new ArrayList<List<Node>>();
        for (var node : graph.nodes()) {
            int above = 0;
            for (var input : node.uses()) {
                above = Math.max(above, depth.getOrDefault(input, 0));
            }
            boolean reader = readers.contains(node.output(0));
            if (reader) {
                while (levels.size() <= above) {
                    levels.add(new ArrayList<>());
                }
                levels.get(above).add(node);
            }
            for (var output : node.outputs()) {
                depth.put(output, above + (reader ? 1 : 0));
            }
        }
        return levels;
    }

    private void repair(List<Node> level, Map<String, Integer> operands) {
        var graph = current.graph();
        var resolver = WeightResolver.of(graph);
        var together = together(level, resolver);
        var fits = new LinkedHashMap<String, LeastSquaresSolver>(); // by the weight
        var biases = new LinkedHashSet<Bias>();
        for (var node : level) {
            var suitability = method == Method.BIAS
                    ? null
                    : Consumer.at(graph, resolver, node, operands.getOrDefault(node.output(0), 0), together);
            if (suitability != null && suitability.consumer().isPresent()) {
                var consumer = suitability.consumer().get();
                fits.computeIfAbsent(
                                consumer.layer().weight().name(),
                                _ -> new LeastSquaresSolver(consumer, kept(consumer), parallel))
                        .add(consumer);
                continue;
            }
            var bias = Bias.of(graph, node, 1);
            bias.ifPresent(biases::add);
            remark(node, suitability, bias.isPresent());
        }
        var solvers = new ArrayList<LayerSolver>(fits.values());
        biases.forEach(own -> solvers.add(new BiasSolver(own, keptOf(own.output(), own.axis(), own.length()))));
        if (!solvers.isEmpty()) {
            observe(level, solvers);
            var changed = new HashMap<String, float[]>();
            solvers.forEach(solver -> solver.solve(graph, changed));
            repaired += solvers.stream().mapToInt(LayerSolver::layers).sum();
            current = StoredFloats.replace(current, changed);
        }
    }

    private void remark(
            Node node, Consumer.@org.jspecify.annotations.Nullable Suitability suitability, boolean biased) {
        if (suitability != null) {
            remarks.add("'%s' (%s) was not fitted: %s%s"
                    .formatted(
                            node.label(),
                            node.opType(),
                            suitability.obstacle(),
                            biased ? "; its bias was corrected" : "; it is as the cut left it"));
        } else if (!biased) {
            remarks.add("'%s' (%s) has no bias of its own to correct".formatted(node.label(), node.opType()));
        }
    }

    /** Returns how many nodes of a level have one weight; they are fitted together. */
    private static Map<String, Long> together(List<Node> level, WeightResolver resolver) {
        var counts = new HashMap<String, Long>();
        for (var node : level) {
            if (resolver.resolve(node.input(1)) instanceof Resolution.Found(var weight)) {
                counts.merge(weight.name(), 1L, Long::sum);
            }
        }
        return counts;
    }

    /** Returns what layers read: it is computed by those that are repaired already. */
    private static List<String> settled(List<Node> level) {
        return level.stream().flatMap(node -> node.inputs().stream()).toList();
    }

    private void observe(List<Node> level, List<LayerSolver> solvers) {
        var wanted =
                solvers.stream().flatMap(solver -> solver.targets().stream()).toList();
        var given =
                solvers.stream().flatMap(solver -> solver.observed().stream()).toList();
        try (var teacher = dense.begin(groups.model(), wanted, wanted);
                var student = pruned.begin(current, settled(level), given)) {
            var seed = new long[1];
            data.forEach(Progress.NONE, batch -> {
                var targets = teacher.run(batch);
                var actual = student.run(batch);
                solvers.forEach(solver -> solver.observe(batch, actual, targets, () -> seed[0]++));
            });
        }
    }

    /** Returns which of a layer's outputs in the dense model are left. */
    private int[] kept(Consumer consumer) {
        return keptOf(consumer.output(), consumer.isConvolution() ? 1 : -1, consumer.outputs());
    }

    private int[] keptOf(String value, int axis, int all) {
        int at = axis >= 0 ? axis : groups.rank(value).orElse(-axis) + axis;
        return groups.left(value, at, removal)
                .orElseGet(() -> IntStream.range(0, all).toArray());
    }
}
