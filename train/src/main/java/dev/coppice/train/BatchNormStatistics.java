package dev.coppice.train;

import dev.coppice.ir.Attribute;
import dev.coppice.ir.BadInputException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.edit.GraphEditor;
import dev.coppice.ir.eval.Tensors;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Libtorch;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Scope;
import dev.coppice.train.torch.TorchGraph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the statistics of BatchNormalization anew on some batches: after pruning, those of the dense model no longer fit. Nothing
 * is learnt, no label is needed.
 *
 * <p>Every layer normalises by the batch's own statistics meanwhile; mean and variance of the whole are put together from those of the
 * batches, {@code E[m]} and {@code E[v + m^2] - E[m]^2} (PreciseBN: Wu & Johnson 2021, "Rethinking 'Batch' in BatchNorm", section 3),
 * each batch counting by its samples. One object serves one thread.
 *
 * <pre>{@code
 * try (var statistics = new BatchNormStatistics(pruned, threads)) {
 *     batches.forEach(statistics::observe);
 *     return statistics.model();
 * }
 * }</pre>
 */
public final class BatchNormStatistics implements AutoCloseable {

    private static final int MEAN = 3; // inputs of BatchNormalization
    private static final int VARIANCE = 4;

    /** One layer, and sums over the batches: of means, and of variances plus squared means. */
    private static final class Layer {
        private final Node node;
        private final String mean;
        private final String variance;
        private double[] means = new double[0];
        private double[] squares = new double[0];

        Layer(Node node) {
            this.node = node;
            mean = node.output(0) + "/batch-mean";
            variance = node.output(0) + "/batch-variance";
        }

        /** Returns the node as ONNX trains it, remembering nothing of earlier batches: its statistics are outputs. */
        Node observed() {
            return node.withOutputs(List.of(node.output(0), mean, variance))
                    .withAttribute(Attribute.of("training_mode", new Attribute.IntValue(1)))
                    .withAttribute(Attribute.of("momentum", new Attribute.FloatValue(0)));
        }

        void add(double[] batchMeans, double[] batchVariances, int samples) {
            if (means.length == 0) {
                means = new double[batchMeans.length];
                squares = new double[batchMeans.length];
            }
            for (int c = 0; c < means.length; c++) {
                means[c] += samples * batchMeans[c];
                squares[c] += samples * (batchVariances[c] + batchMeans[c] * batchMeans[c]);
            }
        }
    }

    private final Model model;
    private final List<Layer> layers = new ArrayList<>();
    private final @Nullable TorchGraph graph;
    private long samples;

    /**
     * Prepares a model for being observed.
     *
     * @throws dev.coppice.ir.BadModelException when an operator before a BatchNormalization is not supported
     */
    public BatchNormStatistics(Model model, int threads) {
        Libtorch.use(threads);
        this.model = model;
        for (var node : model.graph().nodes()) {
            if (node.is("BatchNormalization") && node.intAttribute("training_mode", 0) == 0) {
                layers.add(new Layer(node));
            }
        }
        if (layers.isEmpty()) {
            graph = null;
            return;
        }
        var wanted = new ArrayList<String>();
        var observed = GraphEditor.edit(model.graph(), editor -> {
            for (var layer : layers) {
                editor.replace(layer.node, layer.observed());
                wanted.add(layer.mean);
                wanted.add(layer.variance);
            }
        });
        graph = TorchGraph.of(model.withGraph(observed), wanted, Map.of(), Precision.FLOAT32);
    }

    /** Returns how many layers have statistics; with none there is nothing to estimate. */
    public int layers() {
        return layers.size();
    }

    /**
     * Adds a batch. One that is filled up with copies, as the last one for a model with a fixed batch size, is left out when it is not
     * the only one.
     *
     * @throws BadInputException when the batch does not fit the model
     * @throws dev.coppice.ir.BadModelException when a node cannot compute
     */
    public void observe(TrainBatch batch) {
        if (graph == null || (samples > 0 && isFilledUp(batch))) {
            return;
        }
        try (var _ = new Scope();
                var _ = new NoGradGuard()) {
            var values = graph.run(Inputs.of(graph, batch, Precision.FLOAT32), false);
            for (var layer : layers) {
                layer.add(doubles(values.get(layer.mean)), doubles(values.get(layer.variance)), batch.samples());
            }
        }
        samples += batch.samples();
    }

    private static boolean isFilledUp(TrainBatch batch) {
        return batch.inputs().values().stream()
                .anyMatch(tensor -> !tensor.dims().isEmpty() && tensor.dims().getFirst() > batch.samples());
    }

    private static double[] doubles(org.bytedeco.pytorch.@Nullable Tensor tensor) {
        return dev.coppice.train.torch.Tensors.doubles(Objects.requireNonNull(tensor));
    }

    /**
     * Returns the model with the statistics of all that was observed. A constant that something else uses, too, stays, and the layer gets
     * one of its own.
     *
     * @throws IllegalStateException when there are layers, but nothing was observed
     */
    public Model model() {
        if (layers.isEmpty()) {
            return model;
        }
        if (samples == 0) {
            throw new IllegalStateException("no batch was observed");
        }
        var storing = new Storing(model);
        var stored = GraphEditor.edit(model.graph(), storing::all);
        return model.withGraph(storing.rewired ? DropUnused.apply(stored) : stored);
    }

    /** Puts the statistics into the graph. */
    private final class Storing {
        private final Map<String, Integer> uses = new HashMap<>();
        private final Map<String, Node> constants = new HashMap<>();
        private final Map<String, Tensor> initializers = new LinkedHashMap<>();
        private final WeightResolver resolver;
        private boolean rewired;

        Storing(Model model) {
            resolver = WeightResolver.of(model.graph());
            model.graph().initializers().forEach(tensor -> initializers.put(tensor.name(), tensor));
            for (var node : model.graph().nodes()) {
                node.inputs().forEach(name -> uses.merge(name, 1, Integer::sum));
                if (node.is("Constant")) {
                    constants.put(node.output(0), node);
                }
            }
        }

        void all(GraphEditor editor) {
            for (var layer : layers) {
                var mean = new double[layer.means.length];
                var variance = new double[layer.means.length];
                for (int c = 0; c < mean.length; c++) {
                    mean[c] = layer.means[c] / samples;
                    variance[c] = Math.max(0, layer.squares[c] / samples - mean[c] * mean[c]);
                }
                var inputs = new ArrayList<>(layer.node.inputs());
                inputs.set(MEAN, store(editor, inputs.get(MEAN), layer.mean, mean));
                inputs.set(VARIANCE, store(editor, inputs.get(VARIANCE), layer.variance, variance));
                if (!inputs.equals(layer.node.inputs())) {
                    editor.replace(layer.node, layer.node.withInputs(inputs));
                    rewired = true;
                }
            }
        }

        /** Returns the name under which the values are stored: the same as before where that is possible. */
        private String store(GraphEditor editor, String name, String otherwise, double[] values) {
            var type = resolver.resolve(name) instanceof Resolution.Found(var weight)
                    ? weight.source().type()
                    : dev.coppice.ir.DType.FLOAT;
            var stored = Tensors.ofDoubles(type, List.of((long) values.length), values);
            boolean alone = uses.getOrDefault(name, 0) == 1;
            var constant = constants.get(name);
            if (alone && initializers.containsKey(name)) {
                editor.put(stored.withName(name));
                return name;
            }
            if (alone && constant != null && constant.tensorAttribute("value").isPresent()) {
                editor.replace(
                        constant, constant.withAttribute(Attribute.of("value", new Attribute.TensorValue(stored))));
                return name;
            }
            editor.put(stored.withName(otherwise));
            return otherwise;
        }
    }

    @Override
    public void close() {
        if (graph != null) {
            graph.close();
        }
    }
}
