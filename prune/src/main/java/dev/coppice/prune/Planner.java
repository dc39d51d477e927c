package dev.coppice.prune;

import dev.coppice.ir.Mask;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.layer.UnitGrid;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.allocate.Erk;
import dev.coppice.prune.allocate.Lamp;
import dev.coppice.prune.allocate.LowestUnits;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.UnitKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Decides how many units of each weight go. Reads weights only where the allocation compares them: {@code global} and {@code lamp}. */
public final class Planner {

    private final List<Parameter> all;
    private final PruneRequest request;
    private final Findings findings;
    private final Parallel parallel;
    private final List<Parameter> pool = new ArrayList<>(); // those without a quota of their own
    private final Map<String, Long> counts = new HashMap<>();
    private final Map<String, Mask> masks = new HashMap<>();
    private final List<String> shortfalls = new ArrayList<>();

    private Planner(List<Parameter> all, PruneRequest request, Findings findings, Parallel parallel) {
        this.all = all;
        this.findings = findings;
        this.request = request;
        this.parallel = parallel;
    }

    /** Makes a plan by a criterion that needs nothing but the weights; errors as for the other. */
    public static Planned plan(ParameterList parameters, PruneRequest request, Parallel parallel) {
        return plan(parameters, request, Findings.NONE, parallel);
    }

    /**
     * Makes a plan; the result does not depend on the number of threads.
     *
     * @param findings what the criterion needs to know of the parameters
     * @throws UsageException when a quota matches no weight, or quotas keep more than the budget
     * @throws dev.coppice.ir.BadModelException when a weight that has to be ranked is NaN or infinite
     */
    public static Planned plan(ParameterList parameters, PruneRequest request, Findings findings, Parallel parallel) {
        var planner = new Planner(parameters.prunable(), request, findings, parallel);
        planner.applyQuotas();
        if (!planner.pool.isEmpty()) {
            planner.allocate();
        }
        return planner.planned();
    }

    private Planned planned() {
        var entries = all.stream()
                .map(parameter -> new WeightPlan.Entry(
                        parameter.name(),
                        parameter.node(),
                        parameter.op(),
                        parameter.shape(),
                        parameter.matrix().rowCount(),
                        parameter.matrix().columnCount(),
                        grid(parameter).units(),
                        count(parameter)))
                .toList();
        var plan = new WeightPlan(
                request.criterion().label(),
                request.pattern().label(),
                request.allocation().label(),
                request.seed(),
                entries);
        return new Planned(plan, shortfalls, masks, findings);
    }

    private long count(Parameter parameter) {
        return counts.getOrDefault(parameter.name(), 0L);
    }

    private UnitGrid grid(Parameter parameter) {
        return request.pattern().grid(parameter.matrix());
    }

    /** Gives weights with a quota their own count; the others make up the pool. */
    private void applyQuotas() {
        var globs =
                request.quotas().stream().map(quota -> new Glob(quota.glob())).toList();
        for (var glob : globs) {
            if (all.stream().noneMatch(parameter -> Parameters.matches(glob, parameter.aliases()))) {
                throw new UsageException(
                        "the sparsity for '" + glob + "' concerns none of the weights to prune",
                        Parameters.nearest(
                                glob.toString(),
                                all.stream().map(Parameter::name).toList()));
            }
        }
        for (var parameter : all) {
            int last = -1;
            for (int i = 0; i < globs.size(); i++) {
                last = Parameters.matches(globs.get(i), parameter.aliases()) ? i : last;
            }
            if (last < 0) {
                pool.add(parameter);
            } else {
                counts.put(
                        parameter.name(),
                        share(parameter, request.quotas().get(last).sparsity()));
            }
        }
    }

    /** Returns how many units of a weight make up a share of its own. */
    private long share(Parameter parameter, double sparsity) {
        var matrix = parameter.matrix();
        if (request.pattern() instanceof Pattern.NofM pattern) {
            return sparsity == 0 ? 0 : pattern.prunedOf(matrix);
        }
        return request.allocation() == Allocation.ROW_UNIFORM
                ? Counts.roundHalfUp(sparsity, matrix.columnCount()) * matrix.rowCount()
                : Counts.roundHalfUp(sparsity, grid(parameter).units());
    }

    private void allocate() {
        switch (request.budget()) {
            case Budget.OfPattern _ -> pool.forEach(this::addPatternCount);
            case Budget.Sparsity(double share) -> {
                if (evenly()) {
                    pool.forEach(parameter -> counts.put(parameter.name(), share(parameter, share)));
                } else {
                    allocate(Counts.roundHalfUp(share, poolSize()), false);
                }
            }
            case Budget.MaxNonZeros(long count) -> allocate(excess(count), true);
        }
    }

    private void addPatternCount(Parameter parameter) {
        counts.put(parameter.name(), share(parameter, 1));
    }

    private boolean evenly() {
        return request.allocation() == Allocation.UNIFORM || request.allocation() == Allocation.ROW_UNIFORM;
    }

    private long poolSize() {
        return pool.stream().mapToLong(Parameter::size).sum();
    }

    /** Returns how many weights of the pool have to go so that no more than {@code nonZeros} stay in all. */
    private long excess(long nonZeros) {
        long others = all.stream().mapToLong(Parameter::size).sum() - poolSize();
        long prunedByQuota = all.stream()
                .filter(parameter -> counts.containsKey(parameter.name()))
                .mapToLong(parameter ->
                        Math.round((double) count(parameter) / grid(parameter).units() * parameter.size()))
                .sum();
        long excess = poolSize() + others - prunedByQuota - nonZeros;
        if (excess > poolSize()) {
            throw new UsageException(
                    "the sparsities of single weights leave " + (others - prunedByQuota) + " weights, more than the "
                            + nonZeros + " that may stay in all",
                    "raise the number of non-zeros or those sparsities");
        }
        return Math.max(0, excess);
    }

    /** Shares {@code weights} weights to prune out among the pool. */
    private void allocate(long weights, boolean atLeast) {
        if (weights == 0) {
            putCounts(new long[pool.size()]);
            return;
        }
        switch (request.allocation()) {
            case UNIFORM, ROW_UNIFORM -> {
                double share = (double) weights / poolSize();
                putRounded(pool.stream().mapToDouble(p -> share * p.size()).toArray(), weights);
            }
            case ERK -> allocateErk(weights);
            case GLOBAL -> {
                if (request.criterion().isLayerAdaptive()) {
                    allocateLamp(weights);
                } else {
                    allocateGlobally(weights, atLeast);
                }
            }
            case LAMP -> allocateLamp(weights);
            case OWL, SENSITIVITY -> throw new IllegalArgumentException("what takes data comes as quotas");
        }
    }

    private void allocateErk(long weights) {
        var densities = Erk.densities(pool.stream().map(Parameter::shape).toList(), (double) (poolSize() - weights));
        var quotas = new double[densities.length];
        double sum = 0;
        for (int i = 0; i < quotas.length; i++) {
            quotas[i] = (1 - densities[i]) * grid(pool.get(i)).units();
            sum += quotas[i];
        }
        putRounded(quotas, request.pattern() instanceof Pattern.Unstructured ? weights : Math.round(sum));
    }

    private void putRounded(double[] quotas, long total) {
        var most = pool.stream().mapToLong(parameter -> grid(parameter).units()).toArray();
        putCounts(Counts.largestRemainders(quotas, most, total));
    }

    private void putCounts(long[] ofPool) {
        for (int i = 0; i < ofPool.length; i++) {
            counts.put(pool.get(i).name(), ofPool[i]);
        }
    }

    private void allocateGlobally(long weights, boolean atLeast) {
        var lowest = LowestUnits.masksOfWeights(keys(), weights, atLeast, parallel);
        for (int i = 0; i < lowest.size(); i++) {
            masks.put(pool.get(i).name(), lowest.get(i));
            counts.put(pool.get(i).name(), lowest.get(i).count());
        }
    }

    private void allocateLamp(long weights) {
        if (weights == 0) {
            putCounts(new long[pool.size()]);
            return;
        }
        var sizes = pool.stream().mapToLong(Parameter::size).toArray();
        var lost = Lamp.counts(keys(), sizes, weights, parallel);
        putCounts(lost);
        if (pool.stream().allMatch(p -> count(p) == grid(p).units() - 1)) {
            shortfalls.add("lamp keeps one " + request.pattern().unit()
                    + " in every weight matrix, which is more than the budget leaves");
        }
    }

    /** Returns the keys of the pool, all of one width. */
    private List<UnitKeys> keys() {
        boolean wide =
                pool.stream().anyMatch(p -> UnitKeys.needsWide(p.matrix(), request.pattern(), request.criterion()));
        var rule = new Rule(request.criterion(), request.seed(), findings);
        return pool.stream()
                .map(p -> UnitKeys.of(p.name(), p.matrix(), request.pattern(), rule, wide))
                .toList();
    }
}
