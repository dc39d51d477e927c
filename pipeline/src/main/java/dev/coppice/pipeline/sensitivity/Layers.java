package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.Model;
import java.util.List;

/** What of a model can be pruned apart from the rest: weights, or groups of channels or heads. Thread-safe. */
public interface Layers {

    /**
     * One of them.
     *
     * @param name by which globs find it
     * @param node label of the first node that uses it
     * @param unit what is pruned at once, such as a channel
     * @param units how many of these there are
     * @param weights how many weights
     */
    record Layer(String name, String node, String unit, long units, long weights) {}

    /**
     * A model of which one layer is pruned.
     *
     * @param pruned how many units went
     */
    record Variant(Model model, long pruned) {}

    List<Layer> list();

    /** Prunes one layer alone. */
    Variant prune(Layer layer, double sparsity);
}
