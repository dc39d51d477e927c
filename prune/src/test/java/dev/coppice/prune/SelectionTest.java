package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.Oracle.Unit;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares selection with a stable sort of all units, on random models full of ties, zeros and odd sizes. */
class SelectionTest {

    private static final int MODELS = 60;
    private static final double[] SPARSITIES = {0, 0.1, 0.37, 0.5, 0.9, 0.99};

    /** A random model and what to do with it. */
    private record Case(Model model, ParameterList parameters, PruneRequest request) {

        Planned plan(int threads) {
            return Planner.plan(parameters, request, new Parallel(threads));
        }

        Map<String, boolean[]> pruned(Planned planned, int threads) {
            return Tensors.pruned(Apply.apply(model, parameters, planned, new Parallel(threads)));
        }
    }

    private static List<Case> cases(String pattern, String allocation) {
        return IntStream.range(0, MODELS)
                .mapToObj(seed -> randomCase(seed, pattern, allocation))
                .toList();
    }

    private static Case randomCase(int seed, String pattern, String allocation) {
        var random = new SplittableRandom(seed);
        var weights = new ArrayList<Tensor>();
        var types = List.of(DType.FLOAT, DType.FLOAT16, DType.BFLOAT16, DType.DOUBLE);
        for (int i = 0, n = 1 + random.nextInt(4); i < n; i++) {
            var dims = random.nextBoolean()
                    ? List.of(1L + random.nextInt(40), 1L + random.nextInt(40))
                    : List.of(
                            1L + random.nextInt(9),
                            1L + random.nextInt(9),
                            1L + random.nextInt(4),
                            1L + random.nextInt(4));
            int size = dims.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
            var type = random.nextInt(3) > 0 ? DType.FLOAT : types.get(random.nextInt(4));
            weights.add(Tensors.of("w" + i, type, dims, Tensors.values(random, size)));
        }
        var model = Tensors.model(weights);
        var criterion = Criteria.all().get(random.nextInt(3));
        var kind = Pattern.parse(pattern);
        var budget = kind instanceof Pattern.NofM
                ? new Budget.OfPattern()
                : new Budget.Sparsity(SPARSITIES[random.nextInt(SPARSITIES.length)]);
        var request = new PruneRequest(criterion, kind, Allocation.named(allocation), budget, List.of(), seed);
        return new Case(model, Parameters.of(model, Selection.ALL), request);
    }

    private static Map<String, boolean[]> expected(Case one, List<Unit> pruned) {
        return Oracle.masks(one.parameters.prunable(), pruned);
    }

    private static void assertSame(Map<String, boolean[]> actual, Map<String, boolean[]> expected, Object description) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, mask) ->
                assertThat(actual.get(name)).as("%s of %s", name, description).isEqualTo(mask));
    }

    private static List<Unit> units(Case one, Parameter parameter) {
        return Oracle.units(parameter, one.request.pattern(), one.request.criterion(), one.request.seed());
    }

    @ParameterizedTest
    @CsvSource({"unstructured", "row", "column", "block:2x1", "block:4x1", "block:3x5"})
    void uniformPrunesTheLowestUnitsOfEachWeight(String pattern) {
        for (var one : cases(pattern, "uniform")) {
            var pruned = new ArrayList<Unit>();
            for (var parameter : one.parameters.prunable()) {
                var units = units(one, parameter);
                double share = ((Budget.Sparsity) one.request.budget()).share();
                pruned.addAll(Oracle.lowest(units, Counts.roundHalfUp(share, units.size())));
            }
            assertSame(one.pruned(one.plan(2), 2), expected(one, pruned), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({"unstructured", "row", "column", "block:2x1", "block:4x1", "block:3x5"})
    void globalPrunesTheLowestUnitsOfAllWeightsUpToTheBudget(String pattern) {
        for (var one : cases(pattern, "global")) {
            var all = new ArrayList<Unit>();
            one.parameters.prunable().forEach(parameter -> all.addAll(units(one, parameter)));
            double share = ((Budget.Sparsity) one.request.budget()).share();
            long budget = Counts.roundHalfUp(share, one.parameters.size());
            var sorted = Oracle.lowest(all, all.size());
            int count = 0;
            long weights = 0;
            while (weights < budget && sorted.get(count).elements().length + weights - budget <= budget - weights) {
                weights += sorted.get(count++).elements().length;
            }
            assertSame(one.pruned(one.plan(2), 2), expected(one, sorted.subList(0, count)), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({"2:4", "1:2", "1:4", "3:4", "5:8", "7:16", "3:7"})
    void nOfMPrunesTheLowestOfEachGroupAndOfTheTail(String pattern) {
        var kind = (Pattern.NofM) Pattern.parse(pattern);
        for (var one : cases(pattern, "uniform")) {
            var pruned = new ArrayList<Unit>();
            for (var parameter : one.parameters.prunable()) {
                pruned.addAll(Oracle.lowestInGroups(
                        parameter,
                        one.request.criterion(),
                        one.request.seed(),
                        kind.group(),
                        size -> Math.max(0, kind.pruned() - (kind.group() - size))));
            }
            assertSame(one.pruned(one.plan(2), 2), expected(one, pruned), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource("unstructured")
    void rowUniformPrunesTheLowestOfEachRow(String pattern) {
        for (var one : cases(pattern, "row-uniform")) {
            double share = ((Budget.Sparsity) one.request.budget()).share();
            var pruned = new ArrayList<Unit>();
            for (var parameter : one.parameters.prunable()) {
                pruned.addAll(Oracle.lowestInRows(parameter, one.request.criterion(), one.request.seed(), size ->
                        (int) Counts.roundHalfUp(share, size)));
            }
            assertSame(one.pruned(one.plan(2), 2), expected(one, pruned), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({"unstructured", "row", "column", "block:3x5"})
    void erkPrunesTheLowestUnitsOfEachWeightByItsCount(String pattern) {
        for (var one : cases(pattern, "erk")) {
            var planned = one.plan(2);
            var pruned = new ArrayList<Unit>();
            for (int i = 0; i < one.parameters.prunable().size(); i++) {
                var entry = planned.plan().entries().get(i);
                pruned.addAll(Oracle.lowest(units(one, one.parameters.prunable().get(i)), entry.unitsToPrune()));
            }
            assertSame(one.pruned(planned, 2), expected(one, pruned), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unstructured, uniform", "unstructured, row-uniform", "unstructured, global", "unstructured, erk",
                "unstructured, lamp",
        "row, global", "column, lamp", "block:2x1, global", "block:3x5, erk", "2:4, uniform"
    })
    void threadsDoNotChangeTheResult(String pattern, String allocation) {
        for (var one : cases(pattern, allocation)) {
            var planned = one.plan(1);
            var other = one.plan(5);
            assertThat(other.plan()).isEqualTo(planned.plan());
            assertSame(one.pruned(other, 5), one.pruned(planned, 1), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "unstructured, uniform", "unstructured, row-uniform", "unstructured, global", "unstructured, erk",
                "unstructured, lamp",
        "row, global", "column, global", "block:2x1, global", "block:3x5, lamp", "2:4, uniform"
    })
    void aStoredPlanGivesTheSameMasksAgain(String pattern, String allocation) {
        for (var one : cases(pattern, allocation)) {
            var planned = one.plan(2);
            var again = Apply.apply(one.model, planned.plan(), new Parallel(2));
            assertSame(Tensors.pruned(again), one.pruned(planned, 2), one.request);
        }
    }

    @ParameterizedTest
    @CsvSource({"uniform", "row-uniform", "global", "erk", "lamp"})
    void aNumberOfNonZerosIsMetExactly(String allocation) {
        for (int seed = 0; seed < MODELS; seed++) {
            var base = randomCase(seed, "unstructured", allocation);
            long total = base.parameters.size();
            long least = base.parameters.prunable().size(); // lamp keeps one weight in each
            long stay = least + new SplittableRandom(seed).nextLong(total);
            var request = new PruneRequest(
                    base.request.criterion(),
                    base.request.pattern(),
                    base.request.allocation(),
                    new Budget.MaxNonZeros(stay),
                    List.of(),
                    seed);
            var one = new Case(base.model, base.parameters, request);
            long pruned = 0;
            for (var mask : one.pruned(one.plan(2), 2).values()) {
                for (boolean element : mask) {
                    pruned += element ? 1 : 0;
                }
            }
            assertThat(pruned).as("seed %s, %s stay of %s", seed, stay, total).isEqualTo(Math.max(0, total - stay));
        }
    }
}
