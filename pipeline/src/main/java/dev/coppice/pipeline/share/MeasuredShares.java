package dev.coppice.pipeline.share;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.pipeline.sensitivity.Sensitivity;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.allocate.DamageCurve;
import dev.coppice.prune.allocate.LeastDamage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Turns measured curves into a share for each weight: the allocation {@code sensitivity}. */
public final class MeasuredShares implements Shares.Sharing {

    /** From this target on layers are measured beyond it, too: some have to give more than the average. */
    private static final double HIGH = 0.8;

    private final Map<String, DamageCurve> curves = new HashMap<>();

    private MeasuredShares(Curves measured) {
        for (var curve : measured.curves()) {
            var sparsities = new ArrayList<Double>();
            var damages = new ArrayList<Double>();
            for (var point : curve.points()) {
                // Small layers may round two of the sparsities asked for to one.
                if (point.sparsity() > (sparsities.isEmpty() ? 0 : sparsities.getLast())) {
                    sparsities.add(point.sparsity());
                    damages.add(point.damage());
                }
            }
            curves.put(curve.layer().name(), DamageCurve.fit(sparsities, damages));
        }
    }

    /**
     * Measures a model, or takes what an earlier run has measured.
     *
     * @param target the share of the units that is to go
     */
    public static MeasuredShares measure(Recipe recipe, Model model, double target, Progress progress) {
        var settings = recipe.settings();
        var given = Sensitivity.sparsities(settings);
        var curves = settings.path("curves");
        if (curves.isPresent()) {
            var asked = settings.numbers("sparsities").isEmpty() ? List.<Double>of() : given;
            return new MeasuredShares(Sensitivity.from(curves.get(), recipe, model, asked, progress));
        }
        settings.path("run").ifPresent(RunDirectory::at);
        var sparsities = new TreeSet<>(given);
        if (target >= HIGH && settings.numbers("sparsities").isEmpty()) {
            sparsities.add(rounded(target));
            sparsities.add(rounded((1 + target) / 2));
        }
        return new MeasuredShares(Sensitivity.of(recipe, model, List.copyOf(sparsities), progress));
    }

    private static double rounded(double sparsity) {
        return Math.min(0.999, Math.round(sparsity * 1000) / 1000.0);
    }

    /** Returns the curve of a weight or group; throws {@link UsageException} when it was not measured. */
    DamageCurve curve(String name) {
        return Optional.ofNullable(curves.get(name))
                .orElseThrow(() -> new UsageException(
                        name + " was not measured", "measure all that is to be pruned: the same --only and --keep"));
    }

    @Override
    public long[] counts(List<Parameter> pool, long[] sizes, long total) {
        return LeastDamage.counts(
                pool.stream().map(parameter -> curve(parameter.name())).toList(), sizes, total);
    }
}
