package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Flow;
import java.util.Collection;

/** Mean squares of activations, index by index of an axis, over all that counts of the calibration data; sums in float64. */
public final class Energies implements Activations {

    private final Observation observation = new Observation();

    private Energies() {}

    /**
     * Runs a model over the data once.
     *
     * @param flows the activations to observe
     * @throws dev.coppice.ir.BadModelException when the model does not run
     */
    public static Energies observe(Model model, Collection<Flow> flows, Samples data, int threads, Progress progress) {
        var energies = new Energies();
        flows.forEach(flow -> energies.observation.squares(Watch.of(flow.value(), flow.axis())));
        energies.observation.run(model, data, threads, progress);
        return energies;
    }

    @Override
    public double[] energy(String value, int axis) {
        return observation.of(Watch.of(value, axis)).meanSquares();
    }
}
