package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Flow;
import dev.coppice.runtime.ort.HostTensor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Mean squares of activations, index by index of an axis, over all that counts of the calibration data; sums in float64. */
public final class Energies implements Activations {

    private record Place(String value, int axis) {}

    private static final class Sum {
        private double[] squares = new double[0];
        private long count;
    }

    private final Map<Place, Sum> sums = new HashMap<>();

    private Energies() {}

    /**
     * Runs a model over the data once.
     *
     * @param flows the activations to observe
     * @throws dev.coppice.ir.BadModelException when the model does not run
     */
    public static Energies observe(
            Model model, Collection<Flow> flows, CalibrationSet data, int threads, Progress progress) {
        var energies = new Energies();
        for (var flow : flows) {
            energies.sums.put(new Place(flow.value(), flow.axis()), new Sum());
        }
        var values = new ArrayList<String>();
        energies.sums.keySet().forEach(place -> values.add(place.value()));
        values.sort(null);
        if (values.isEmpty()) {
            return energies;
        }
        try (var tapped = Tapped.open(model, values, threads)) {
            for (int i = 0; i < data.batches().size(); i++) {
                progress.update("calibrate", i, data.batches().size());
                energies.add(data.batches().get(i), tapped.run(data.batches().get(i)));
            }
        }
        return energies;
    }

    private void add(Batch batch, Map<String, HostTensor> outputs) {
        for (var entry : sums.entrySet()) {
            var output = outputs.get(entry.getKey().value());
            if (output != null) {
                add(batch, output, entry.getKey().axis(), entry.getValue());
            }
        }
    }

    private static void add(Batch batch, HostTensor output, int axis, Sum sum) {
        var dims = output.dims();
        int size = Math.toIntExact(dims.get(axis));
        if (sum.squares.length == 0) {
            sum.squares = new double[size];
        }
        int inner = product(dims.subList(axis + 1, dims.size()));
        var positions = Positions.of(batch, dims);
        var values = output.toFloats();
        long counted = 0;
        for (int i = 0; i < values.length; i += inner) {
            if (axis > 0 && !positions.counts(i)) {
                continue;
            }
            int index = i / inner % size;
            double squares = 0;
            for (int k = i; k < i + inner; k++) {
                squares += (double) values[k] * values[k];
            }
            sum.squares[index] += squares;
            counted += inner;
        }
        sum.count += counted / size;
    }

    private static int product(List<Long> dims) {
        return Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    }

    @Override
    public double[] energy(String value, int axis) {
        var sum = sums.get(new Place(value, axis));
        if (sum == null) {
            throw new IllegalArgumentException(value + " was not observed along axis " + axis);
        }
        var mean = sum.squares.clone();
        for (int i = 0; i < mean.length && sum.count > 0; i++) {
            mean[i] /= sum.count;
        }
        return mean;
    }
}
