package dev.coppice.prune.structure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.testing.Dsl;
import dev.coppice.prune.Selection;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.prune.structure.StructuredRequest.Limits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which units a ranking across groups removes, against scalar loops over a network whose groups have one reader or two. */
class GlobalRankingTest {

    private static final String[] GROUPS = {"w1", "w2", "w3"};
    private static final int[] WIDTHS = {4, 6, 6};
    private static final int UNITS = 16;

    private record Unit(int group, int number, double key) {}

    static IntStream seeds() {
        return IntStream.range(0, 25);
    }

    /** h is read by w2 and w3, a by w4, b by w5. */
    private static Model model(int seed) {
        return Dsl.model("""
            input x float[N,3]
            const w1 float[3,4] seed %d1
            const w2 float[4,6] seed %d2
            const w3 float[4,6] seed %d3
            const w4 float[6,2] seed %d4
            const w5 float[6,2] seed %d5
            h = MatMul(x, w1)
            a = MatMul(h, w2)
            b = MatMul(h, w3)
            c = MatMul(a, w4)
            d = MatMul(b, w5)
            y = Add(c, d)
            output y
            """.formatted(seed, seed, seed, seed, seed));
    }

    private static Map<String, double[][]> weights(Model model) {
        var weights = new HashMap<String, double[][]>();
        for (var tensor : model.graph().initializers()) {
            int columns = Math.toIntExact(tensor.dims().get(1));
            var all = new float[Math.toIntExact(tensor.size())];
            Elements.floats(tensor, 0, all, all.length);
            var matrix = new double[all.length / columns][columns];
            for (int i = 0; i < all.length; i++) {
                matrix[i / columns][i % columns] = all[i];
            }
            weights.put(tensor.name(), matrix);
        }
        return weights;
    }

    private static double[] energies(int seed, int group) {
        return new java.util.Random(31L * seed + group)
                .doubles(WIDTHS[group], .1, 3)
                .toArray();
    }

    private static List<String> readers(int group) {
        return List.of(List.of("w2", "w3"), List.of("w4"), List.of("w5")).get(group);
    }

    /** Mean magnitudes of the unit's column in its producer and of its rows in the readers, each over the mean of all units. */
    private static double[] magnitudes(Map<String, double[][]> weights, int group) {
        var scores = new double[WIDTHS[group]];
        var own = new double[WIDTHS[group]];
        var producer = weights.get(GROUPS[group]);
        for (int u = 0; u < own.length; u++) {
            for (var row : producer) {
                own[u] += Math.abs(row[u]) / producer.length;
            }
        }
        addRelative(scores, own);
        for (var reader : readers(group)) {
            for (int u = 0; u < own.length; u++) {
                own[u] = 0;
                for (double w : weights.get(reader)[u]) {
                    own[u] += Math.abs(w) / weights.get(reader)[u].length;
                }
            }
            addRelative(scores, own);
        }
        return scores;
    }

    /** The share of the energy of each output of each reader that comes from the unit. */
    private static double[] energyShares(Map<String, double[][]> weights, int group, int seed) {
        var energies = energies(seed, group);
        var scores = new double[WIDTHS[group]];
        for (var reader : readers(group)) {
            var w = weights.get(reader);
            int outputs = w[0].length;
            for (int o = 0; o < outputs; o++) {
                double all = 0;
                for (int u = 0; u < w.length; u++) {
                    all += energies[u] * w[u][o] * w[u][o];
                }
                for (int u = 0; u < w.length; u++) {
                    scores[u] += energies[u] * w[u][o] * w[u][o] / all / outputs;
                }
            }
        }
        return scores;
    }

    private static void addRelative(double[] scores, double[] own) {
        double mean = 0;
        for (double score : own) {
            mean += score / own.length;
        }
        for (int u = 0; u < own.length; u++) {
            scores[u] += own[u] / mean;
        }
    }

    /** Returns all units, the one first that goes first. */
    private static List<Unit> ranking(Model model, String criterion, int seed, boolean budget) {
        var weights = weights(model);
        // Removing a unit of h saves 3 + 6 + 6 weights, one of a or b 4 + 2.
        double[] worth = {2.0 / (4 * 15), 1.0 / (6 * 6), 1.0 / (6 * 6)};
        var units = new ArrayList<Unit>();
        for (int group = 0; group < GROUPS.length; group++) {
            var scores = criterion.equals("l1") ? magnitudes(weights, group) : energyShares(weights, group, seed);
            var relative = new double[scores.length];
            addRelative(relative, scores);
            for (int u = 0; u < scores.length; u++) {
                units.add(new Unit(group, u, budget ? relative[u] * worth[group] : relative[u]));
            }
        }
        units.sort(Comparator.comparingDouble(Unit::key));
        return units;
    }

    /** Removes the first units of a ranking, but the last one of no group. */
    private static List<TreeSet<Integer>> removed(List<Unit> ranking, int count) {
        var removed = List.of(new TreeSet<Integer>(), new TreeSet<Integer>(), new TreeSet<Integer>());
        int left = count;
        for (var unit : ranking) {
            if (left > 0 && removed.get(unit.group).size() < WIDTHS[unit.group] - 1) {
                removed.get(unit.group).add(unit.number);
                left--;
            }
        }
        return removed;
    }

    private static int size(List<TreeSet<Integer>> removed) {
        int h = 4 - removed.get(0).size();
        int a = 6 - removed.get(1).size();
        int b = 6 - removed.get(2).size();
        return 3 * h + h * a + h * b + 2 * a + 2 * b;
    }

    private static List<List<Integer>> planned(Model model, String criterion, int seed, Target target) {
        var request = new StructuredRequest(
                Scoring.of(Criteria.named(criterion)),
                Set.of(Granularity.CHANNEL),
                Allocation.GLOBAL,
                target,
                List.of(),
                Selection.ALL,
                Limits.NONE);
        var values = List.of("h", "a", "b");
        var known = Findings.NONE;
        for (var value : values) {
            known = known.with(
                    Evidence.CONTRIBUTION,
                    Map.of(value + "@1", new Values.Rows(energies(seed, values.indexOf(value)))));
        }
        var planned = StructuredPlanner.plan(Groups.of(model), request, known, _ -> 1);
        var removed = new HashMap<String, List<Integer>>();
        planned.plan().entries().forEach(entry -> removed.put(entry.name(), entry.removed()));
        return List.of(removed.get("w1"), removed.get("w2"), removed.get("w3"));
    }

    private static List<List<Integer>> lists(List<TreeSet<Integer>> removed) {
        return removed.stream().map(List::copyOf).toList();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aShareOfAllTakesTheLowestRelativeScores(int seed) {
        for (var criterion : List.of("l1", "wanda")) {
            var model = model(seed);
            var ranking = ranking(model, criterion, seed, false);
            for (int count : new int[] {1, 3, 6, 10}) {
                assertThat(planned(model, criterion, seed, new Target.Share((double) count / UNITS)))
                        .as("%d by %s", count, criterion)
                        .isEqualTo(lists(removed(ranking, count)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aBudgetOfWeightsTakesWhatItsReadersMissLeastForEachWeightSaved(int seed) {
        for (var criterion : List.of("l1", "wanda")) {
            var model = model(seed);
            var ranking = ranking(model, criterion, seed, true);
            for (int most : new int[] {80, 70, 55, 40}) {
                int count = 0;
                while (size(removed(ranking, count)) > most) {
                    count++;
                }
                assertThat(planned(model, criterion, seed, new Target.MaxParameters(most)))
                        .as("%d weights by %s", most, criterion)
                        .isEqualTo(lists(removed(ranking, count)));
            }
        }
    }
}
