package dev.coppice.pipeline.share;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.prune.Glob;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.Quota;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.pattern.Pattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says what each weight gives where that takes data: by measured curves, or by outliers. */
public final class Shares {

    private Shares() {}

    /** A way to share a budget out. */
    public interface Sharing {

        /** Returns how much of each weight of the pool goes; {@code total} in all. */
        long[] counts(List<Parameter> pool, long[] sizes, long total);
    }

    /** Looks at the data for a request that wants it; empty for one that does not. */
    public static Optional<Sharing> of(
            Recipe recipe, Model model, PruneRequest request, List<Parameter> prunable, Progress progress) {
        return switch (request.allocation()) {
            case SENSITIVITY -> {
                long size = prunable.stream().mapToLong(Parameter::size).sum();
                yield Optional.of(MeasuredShares.measure(recipe, model, target(request.budget(), size), progress));
            }
            case OWL -> Optional.of(OutlierShares.observe(recipe, model, prunable, progress));
            case UNIFORM, ROW_UNIFORM, GLOBAL, ERK, LAMP -> Optional.empty();
        };
    }

    /** Returns the share of the weights that a budget takes. */
    private static double target(Budget budget, long weights) {
        return switch (budget) {
            case Budget.Sparsity(double share) -> share;
            case Budget.MaxNonZeros(long count) -> Math.max(0, 1 - (double) count / Math.max(1, weights));
            case Budget.OfPattern _ -> throw new IllegalArgumentException("a pattern leaves nothing to share out");
        };
    }

    /** Returns a request that says what every weight gives; weights with a share of their own keep it. */
    public static PruneRequest resolve(PruneRequest request, List<Parameter> prunable, Sharing sharing) {
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
        var counts = sharing.counts(pool, sizes, total);
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
