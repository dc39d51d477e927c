package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.dead.DeadWeights;
import java.util.Optional;

/**
 * A pruned model in its final form.
 *
 * @param clean the model without dead channels, where that was asked for
 * @param int8 the result of all that in int8, where that was asked for
 */
public record Finished(Pruned pruned, Optional<DeadWeights.Eliminated> clean, Optional<Int8Step.Result> int8) {

    /** Finishes a model as a recipe says. */
    public static Finished of(Pruned pruned, Recipe recipe, Progress progress) {
        var clean = Optional.of(pruned.after())
                .filter(_ -> recipe.dropDead())
                .map(model -> DeadWeights.eliminate(model, new Parallel(recipe.threads())));
        var living = new Finished(pruned, clean, Optional.empty());
        return new Finished(pruned, clean, recipe.int8().map(_ -> Int8Step.run(living.inFloat(), recipe, progress)));
    }

    /** Returns the model before it becomes int8. */
    public Model inFloat() {
        return clean.map(DeadWeights.Eliminated::model).orElse(pruned.after());
    }

    /** Returns the model to write. */
    public Model result() {
        return int8.map(quantized -> quantized.quantization().model()).orElseGet(this::inFloat);
    }
}
