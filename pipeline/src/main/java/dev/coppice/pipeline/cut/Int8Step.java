package dev.coppice.pipeline.cut;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.evidence.RangeMethod;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.quantize.Int8;
import dev.coppice.pipeline.quantize.MaxDrop;
import dev.coppice.pipeline.quantize.Norms;
import dev.coppice.pipeline.quantize.StaticQuantization;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.quantize.DynamicInt8;
import dev.coppice.prune.quantize.Quantization;
import dev.coppice.prune.quantize.Quantizer;
import dev.coppice.prune.quantize.StaticInt8;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The last step of a recipe: the result in int8. */
public final class Int8Step {

    private Int8Step() {}

    /**
     * A model in int8.
     *
     * @param search how the layers that stayed in float were found; empty where no drop in quality was given
     */
    public record Result(Quantization quantization, Optional<MaxDrop.Outcome> search) {

        /** Returns the drop that was measured in one sentence. */
        public Optional<String> searched(double maxDrop) {
            return search.map(outcome -> String.format(
                    Locale.ROOT,
                    "%d of %d layers were left in float so that %s drops by at most %s: %.4f in float, %.4f in int8,"
                            + " on the first %,d samples",
                    outcome.inFloat(),
                    outcome.inFloat() + outcome.quantization().layers().size(),
                    outcome.before().metric(),
                    maxDrop,
                    outcome.before().value(),
                    outcome.after().value(),
                    outcome.before().samples()));
        }
    }

    public static Result run(Model model, Recipe recipe, Progress progress) {
        var int8 = recipe.int8().orElseThrow();
        progress.begin("int8");
        var quantizer = quantizer(model, int8, recipe, progress);
        if (int8.maxDrop().isEmpty()) {
            return new Result(quantizer.quantize(Map.of()), Optional.empty());
        }
        var data = recipe.data().orElseThrow();
        var outcome = new MaxDrop(
                        model,
                        quantizer,
                        int8.maxDrop().getAsDouble(),
                        data.spec(),
                        data.options(),
                        recipe.threads(),
                        progress)
                .search();
        return new Result(outcome.quantization(), Optional.of(outcome));
    }

    /** Prepares a model for int8 as a recipe says; static int8 calibrates. */
    public static Quantizer quantizer(Model model, Int8 int8, Recipe recipe, Progress progress) {
        return Norms.splitting(layers(model, int8, recipe, progress), recipe.threads());
    }

    private static Quantizer layers(Model model, Int8 int8, Recipe recipe, Progress progress) {
        return switch (int8.kind()) {
            case DYNAMIC ->
                DynamicInt8.of(model, new DynamicInt8.Request(int8.selection(), int8.range(), int8.embeddings()));
            case STATIC -> {
                var data = recipe.data().orElseThrow();
                yield StaticQuantization.calibrate(
                        model,
                        new StaticInt8.Request(int8.selection(), int8.range()),
                        data.samples(model, int8.calibrate()),
                        RangeMethod.of(int8.ranges()),
                        recipe.threads(),
                        progress);
            }
        };
    }
}
