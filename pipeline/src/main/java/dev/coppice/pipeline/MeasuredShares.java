package dev.coppice.pipeline;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.prune.Glob;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.allocate.DamageCurve;
import dev.coppice.prune.allocate.LeastDamage;
import dev.coppice.prune.pattern.Pattern;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** Turns measured curves into a share for each weight: the allocation {@code sensitivity}. */
final class MeasuredShares {

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
    static MeasuredShares measure(Recipe recipe, Model model, double target, Progress progress) {
        var settings = recipe.settings();
        var directory = settings.text("curves").or(() -> settings.text("run")).map(Path::of);
        directory.ifPresent(RunDirectory::at);
        var sparsities = new TreeSet<>(Sensitivity.sparsities(settings));
        if (target >= HIGH && settings.numbers("sparsities").isEmpty()) {
            sparsities.add(rounded(target));
            sparsities.add(rounded((1 + target) / 2));
        }
        return new MeasuredShares(Sensitivity.of(recipe, model, List.copyOf(sparsities), directory, progress));
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

    /** Says whether a request wants this allocation. */
    static boolean asked(PruneRequest request) {
        return request.allocation() == Allocation.SENSITIVITY;
    }

    /** Returns the share of the weights that a budget takes. */
    static double target(Budget budget, long weights) {
        return switch (budget) {
            case Budget.Sparsity(double share) -> share;
            case Budget.MaxNonZeros(long count) -> Math.max(0, 1 - (double) count / Math.max(1, weights));
            case Budget.OfPattern _ -> throw new IllegalArgumentException("a pattern leaves nothing to share out");
        };
    }

    /** Returns a request that says what every weight gives; weights with a share of their own keep it. */
    PruneRequest resolve(PruneRequest request, List<Parameter> prunable) {
        var own = request.quotas().stream().map(quota -> new Glob(quota.glob())).toList();
        var pool = prunable.stream()
                .filter(parameter -> own.stream()
                        .noneMatch(glob -> parameter.aliases().stream().anyMatch(glob::matches)))
                .toList();
        var sizes = pool.stream().mapToLong(Parameter::size).toArray();
        long size = pool.stream().mapToLong(Parameter::size).sum();
        long total = switch (request.budget()) {
            case Budget.Sparsity(double share) -> Counts.roundHalfUp(share, size);
            case Budget.MaxNonZeros(long count) -> excess(request, prunable, pool, count);
            case Budget.OfPattern _ -> throw new IllegalArgumentException("nothing to share out");
        };
        var counts = LeastDamage.counts(
                pool.stream().map(parameter -> curve(parameter.name())).toList(), sizes, total);
        var units = units(request.pattern(), pool, counts);
        var quotas = new ArrayList<>(request.quotas());
        for (int i = 0; i < units.length; i++) {
            long all = request.pattern().grid(pool.get(i).matrix()).units();
            quotas.add(new Quota(pool.get(i).name(), (double) units[i] / all));
        }
        return new PruneRequest(
                request.criterion(),
                request.pattern(),
                request.allocation(),
                new Budget.Sparsity(0),
                quotas,
                request.seed());
    }

    private static long excess(PruneRequest request, List<Parameter> all, List<Parameter> pool, long nonZeros) {
        long kept = 0;
        for (var parameter : all) {
            if (!pool.contains(parameter)) {
                double share = request.quotas().stream()
                        .filter(quota -> parameter.aliases().stream().anyMatch(new Glob(quota.glob())::matches))
                        .reduce((_, last) -> last)
                        .orElseThrow()
                        .sparsity();
                kept += parameter.size() - Counts.roundHalfUp(share, parameter.size());
            }
        }
        long size = pool.stream().mapToLong(Parameter::size).sum();
        if (kept > nonZeros) {
            throw new UsageException(
                    "the sparsities of single weights leave " + kept + " weights, more than the " + nonZeros
                            + " that may stay in all",
                    "raise the number of non-zeros or those sparsities");
        }
        return Math.max(0, size - (nonZeros - kept));
    }

    /** Returns weights as whole units; single weights as they are. */
    private static long[] units(Pattern pattern, List<Parameter> pool, long[] counts) {
        if (pattern instanceof Pattern.Unstructured) {
            return counts;
        }
        var quotas = new double[counts.length];
        var most = new long[counts.length];
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            most[i] = pattern.grid(pool.get(i).matrix()).units() - 1;
            quotas[i] = (double) counts[i] / pool.get(i).size() * (most[i] + 1);
            sum += quotas[i];
        }
        return Counts.largestRemainders(quotas, most, Math.round(sum));
    }
}
