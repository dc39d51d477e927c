package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Flow;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import dev.coppice.prune.solve.LeastSquares;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Fits the layers that read what has been removed to the dense model's outputs (He et al. 2017, section 3.1): layer after layer, on
 * the outputs of the layers already cut and fitted. Layers that do not depend on each other share a pass over the data.
 */
public final class Reconstruction {

    /** Share of the mean diagonal of the inputs' squares. */
    private static final double RIDGE = 0.01;

    private final Groups groups;
    private final Removal removal;
    private final CalibrationSet data;
    private final int threads;
    private final Progress progress;
    private Model current;

    private Reconstruction(
            Groups groups, Removal removal, Model cut, CalibrationSet data, int threads, Progress progress) {
        this.groups = groups;
        this.removal = removal;
        this.current = cut;
        this.data = data;
        this.threads = threads;
        this.progress = progress;
    }

    /**
     * Returns the cut model with fitted weights.
     *
     * @param groups of the dense model
     * @param cut the model without what {@code removal} removes
     * @throws dev.coppice.ir.BadModelException when one of the models does not run
     */
    public static Model fit(
            Groups groups, Removal removal, Model cut, CalibrationSet data, int threads, Progress progress) {
        var readers = new ArrayList<Flow>();
        for (var group : groups.list()) {
            if (removal.kept(group) < group.width()) {
                readers.addAll(group.flows());
            }
        }
        return new Reconstruction(groups, removal, cut, data, threads, progress).fit(readers);
    }

    private Model fit(Collection<Flow> readers) {
        var operands = new LinkedHashMap<String, Integer>();
        readers.forEach(flow -> operands.put(flow.node().output(0), flow.data()));
        var levels = levels(current.graph(), operands.keySet());
        for (int i = 0; i < levels.size(); i++) {
            progress.update("reconstruct", i, levels.size());
            fit(levels.get(i), operands);
        }
        return current;
    }

    /** Returns the outputs of the readers, those first that depend on no other reader. */
    private static List<List<String>> levels(Graph graph, Set<String> readers) {
        var depth = new HashMap<String, Integer>();
        var levels = new ArrayList<List<String>>();
        for (var node : graph.nodes()) {
            int above = 0;
            for (var input : node.inputs()) {
                above = Math.max(above, depth.getOrDefault(input, 0));
            }
            boolean reader = readers.contains(node.output(0));
            if (reader) {
                while (levels.size() <= above) {
                    levels.add(new ArrayList<>());
                }
                levels.get(above).add(node.output(0));
            }
            for (var output : node.outputs()) {
                depth.put(output, above + (reader ? 1 : 0));
            }
        }
        return levels;
    }

    private void fit(List<String> level, Map<String, Integer> operands) {
        var graph = current.graph();
        var resolver = WeightResolver.of(graph);
        var consumers = new ArrayList<Consumer>();
        for (var node : graph.nodes()) {
            if (level.contains(node.output(0))) {
                Consumer.of(graph, resolver, node, operands.getOrDefault(node.output(0), 0))
                        .ifPresent(consumers::add);
            }
        }
        if (consumers.isEmpty()) {
            return;
        }
        var sums = new LinkedHashMap<Consumer, LeastSquares>();
        for (var consumer : consumers) {
            sums.put(
                    consumer,
                    new LeastSquares(
                            consumer.inputs(),
                            consumer.outputs(),
                            consumer.bias().isPresent()));
        }
        var wanted = consumers.stream().map(Consumer::output).toList();
        var given = consumers.stream().map(Consumer::input).toList();
        try (var teacher = Tapped.open(groups.model(), wanted, threads);
                var student = Tapped.open(current, given, threads)) {
            long seed = 0;
            for (var batch : data.batches()) {
                var targets = teacher.run(batch);
                var inputs = student.run(batch);
                for (var entry : sums.entrySet()) {
                    var x = inputs.get(entry.getKey().input());
                    var y = targets.get(entry.getKey().output());
                    if (x != null && y != null) {
                        var rows = Rows.of(entry.getKey(), batch, x, y, kept(entry.getKey()), seed++);
                        entry.getValue().add(rows.inputs(), rows.outputs(), rows.count());
                    }
                }
            }
        }
        var changed = new HashMap<String, float[]>();
        sums.forEach((consumer, sum) -> solve(consumer, sum, changed));
        store(changed);
    }

    /** Returns which of a layer's outputs in the dense model are left. */
    private int[] kept(Consumer consumer) {
        int axis =
                consumer.node().is("Conv") ? 1 : groups.rank(consumer.output()).orElse(1) - 1;
        return groups.left(consumer.output(), axis, removal)
                .orElseGet(() -> IntStream.range(0, consumer.outputs()).toArray());
    }

    private void solve(Consumer consumer, LeastSquares sum, Map<String, float[]> changed) {
        var source = consumer.weight().source();
        var values = floats(source);
        var before = new double[consumer.inputs()][consumer.outputs()];
        for (int i = 0; i < before.length; i++) {
            for (int o = 0; o < consumer.outputs(); o++) {
                before[i][o] = values[consumer.place(i, o)];
            }
        }
        LeastSquares.Solution solution;
        try {
            solution = sum.solve(before, RIDGE);
        } catch (ArithmeticException e) {
            throw new dev.coppice.ir.BadModelException(
                    "the layer %s cannot be fitted: %s"
                            .formatted(consumer.node().label(), e.getMessage()),
                    "check the calibration data, or leave --reconstruct out",
                    e);
        }
        for (int i = 0; i < before.length; i++) {
            for (int o = 0; o < consumer.outputs(); o++) {
                values[consumer.place(i, o)] = (float) solution.weights()[i][o];
            }
        }
        changed.put(consumer.weight().name(), values);
        consumer.bias().ifPresent(name -> {
            var bias = new float[consumer.outputs()];
            for (int o = 0; o < bias.length; o++) {
                bias[o] = (float) solution.bias()[o];
            }
            changed.put(name, bias);
        });
    }

    private static float[] floats(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.size())];
        Elements.floats(tensor, 0, values, values.length);
        return values;
    }

    /** Puts new values in the place of stored constants, by the names of initializers or of Constant nodes' outputs. */
    private void store(Map<String, float[]> changed) {
        var values = new IdentityHashMap<Tensor, float[]>();
        changed.forEach((name, floats) ->
                Consumer.stored(current.graph(), name).ifPresent(tensor -> values.put(tensor, floats)));
        current = current.mapTensors(tensor -> {
            var floats = values.get(tensor);
            return floats == null ? tensor : tensor.withData(data(floats));
        });
    }

    private static TensorData data(float[] values) {
        var bytes = Arena.ofAuto().allocate(Math.max(4, 4L * values.length), 8).asSlice(0, 4L * values.length);
        for (int i = 0; i < values.length; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
        }
        return new TensorData.Bytes(bytes);
    }
}
