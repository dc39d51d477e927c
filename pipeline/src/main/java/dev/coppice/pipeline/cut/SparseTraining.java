package dev.coppice.pipeline.cut;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.rules.ChannelScales;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recover.Recovery;

/**
 * Training with a penalty on the scales of channels (Liu et al. 2017, Network Slimming, section 3): gives each channel a scale, and takes
 * those away again that the model came without.
 */
final class SparseTraining {

    private SparseTraining() {}

    /** Says whether a recipe asks for it. */
    static boolean isAskedFor(Recipe recipe) {
        return recipe.recovery()
                .map(Recovery::optimization)
                .filter(optimization -> optimization.l1Scale() > 0)
                .isPresent();
    }

    /**
     * Returns the model with a scale of one behind each convolution that no BatchNormalization follows.
     *
     * @throws BadModelException when nothing in it has a scale
     */
    static Model scaled(Model model) {
        var scaled = model.withGraph(ChannelScales.insert(model.graph()));
        if (ChannelScales.names(scaled.graph()).isEmpty()) {
            throw new BadModelException(
                    "the model has no channels with scales: neither a convolution nor a BatchNormalization",
                    "leave --l1-scale out");
        }
        return scaled;
    }

    /** Returns the model with the inserted scales multiplied into weights and biases. */
    static Model folded(Model model) {
        return model.withGraph(ChannelScales.fold(model.graph()));
    }
}
