package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Graph;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.runtime.ort.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/** Corrects the bias of a layer by how much its outputs are off on average, output by output; sums in float64. */
final class BiasSolver implements LayerSolver {

    private final Bias bias;
    private final int[] kept;
    private final double[] sums;
    private long counted;

    /** @param kept those of the dense layer's outputs that are left */
    BiasSolver(Bias bias, int[] kept) {
        this.bias = bias;
        this.kept = kept;
        this.sums = new double[kept.length];
    }

    @Override
    public List<String> observed() {
        return List.of(bias.output());
    }

    @Override
    public List<String> targets() {
        return List.of(bias.output());
    }

    @Override
    public int layers() {
        return 1;
    }

    @Override
    public void observe(
            Batch batch, Map<String, HostTensor> actual, Map<String, HostTensor> targets, LongSupplier seeds) {
        var x = actual.get(bias.output());
        var y = targets.get(bias.output());
        if (x != null && y != null) {
            add(batch, y, kept, 1);
            counted += add(batch, x, null, -1);
        }
    }

    /** Adds a value's elements, of the outputs {@code from}, to the sums; returns how many there were for each. */
    private long add(Batch batch, HostTensor value, int @org.jspecify.annotations.Nullable [] from, int sign) {
        var dims = value.dims();
        int axis = bias.axis() < 0 ? dims.size() + bias.axis() : bias.axis();
        int width = Math.toIntExact(dims.get(axis));
        int inner = Math.toIntExact(dims.subList(axis + 1, dims.size()).stream().reduce(1L, Math::multiplyExact));
        var positions = Positions.of(batch, dims);
        var values = value.toFloats();
        long rows = 0;
        for (int start = 0; start < values.length; start += width * inner) {
            if (!positions.counts(start)) {
                continue;
            }
            rows += inner;
            for (int o = 0; o < sums.length; o++) {
                int at = start + (from == null ? o : from[o]) * inner;
                for (int i = at; i < at + inner; i++) {
                    sums[o] += sign * (double) values[i];
                }
            }
        }
        return rows;
    }

    @Override
    public void solve(Graph graph, Map<String, float[]> changed) {
        var values =
                StoredFloats.floats(Objects.requireNonNull(graph.storedTensors().get(bias.name())));
        for (int o = 0; o < values.length && counted > 0; o++) {
            values[o] += (float) (sums[o] / counted);
        }
        changed.put(bias.name(), values);
    }
}
