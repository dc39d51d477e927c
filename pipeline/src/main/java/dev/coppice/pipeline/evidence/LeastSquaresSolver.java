package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Graph;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.prune.solve.LeastSquares;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The least squares problem of one weight: of one layer, or of several that share it; each group of a convolution is a system of its own. */
final class LeastSquaresSolver implements LayerSolver {

    /** Share of the mean diagonal of the inputs' squares. */
    private static final double RIDGE = 0.01;

    private final List<Consumer> consumers = new ArrayList<>();
    private final List<LeastSquares> sums = new ArrayList<>();
    private final int[] kept;
    private final int each; // outputs of a group

    /** @param kept those of the dense layer's outputs that are left */
    LeastSquaresSolver(Consumer layer, int[] kept, Parallel parallel) {
        this.kept = kept;
        this.each = layer.outputs() / layer.layer().groups();
        for (int group = 0; group < layer.layer().groups(); group++) {
            sums.add(new LeastSquares(layer.inputs(), each, layer.bias().isPresent(), parallel));
        }
    }

    void add(Consumer layer) {
        consumers.add(layer);
    }

    @Override
    public List<String> observed() {
        return consumers.stream().map(consumer -> consumer.layer().data()).toList();
    }

    @Override
    public List<String> targets() {
        return consumers.stream().map(Consumer::output).toList();
    }

    @Override
    public int layers() {
        return consumers.size();
    }

    @Override
    public void observe(
            Batch batch, Map<String, HostTensor> actual, Map<String, HostTensor> targets, LongSupplier seeds) {
        long seed = seeds.getAsLong();
        for (var consumer : consumers) {
            var x = actual.get(consumer.layer().data());
            var y = targets.get(consumer.output());
            if (x == null || y == null) {
                continue;
            }
            var from = LayerSamples.Values.of(x);
            var to = LayerSamples.Values.of(y);
            for (int group = 0; group < sums.size(); group++) {
                var own = Arrays.copyOfRange(kept, group * each, (group + 1) * each);
                var rows = LayerSamples.of(consumer, group, batch, from, to, own, seed);
                sums.get(group).add(rows.inputs(), rows.outputs(), rows.count());
            }
        }
    }

    @Override
    public void solve(Graph graph, Map<String, float[]> changed) {
        var layer = consumers.getFirst();
        var weight = layer.layer().weight();
        var values = StoredFloats.floats(weight.source());
        var rows = layer.matrix().rows().offsets();
        var columns = layer.matrix().columns().offsets();
        var bias = new float[layer.outputs()];
        for (int group = 0; group < sums.size(); group++) {
            int first = group * each;
            var before = new double[layer.inputs()][each];
            for (int i = 0; i < before.length; i++) {
                for (int o = 0; o < each; o++) {
                    before[i][o] = values[(int) (rows[first + o] + columns[i])];
                }
            }
            var solution = solve(layer, sums.get(group), before);
            for (int i = 0; i < before.length; i++) {
                for (int o = 0; o < each; o++) {
                    values[(int) (rows[first + o] + columns[i])] = (float) solution.weights()[i][o];
                }
            }
            for (int o = 0; o < each && layer.bias().isPresent(); o++) {
                bias[first + o] = (float) solution.bias()[o];
            }
        }
        changed.put(weight.name(), values);
        layer.bias().ifPresent(name -> changed.put(name, bias));
    }

    private static LeastSquares.Solution solve(Consumer layer, LeastSquares sum, double[][] before) {
        try {
            return sum.solve(before, RIDGE);
        } catch (ArithmeticException e) {
            throw new BadModelException(
                    "the layer %s cannot be fitted: %s"
                            .formatted(layer.layer().node().label(), e.getMessage()),
                    "check the calibration data, or leave the repair by least squares out",
                    e);
        }
    }
}
