package dev.coppice.prune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.DType;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.host.Parallel;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Criteria;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LampTest {

    private static final Parallel TWO = new Parallel(2);

    /** A unit's LAMP score by the definition of Lee et al. 2021: its square over those of all that do not rank lower. */
    private record Scored(int weight, double score) {}

    private static List<Scored> scores(int weight, double[] values) {
        var squares = Arrays.stream(values).map(v -> v * v).sorted().toArray();
        var scores = new ArrayList<Scored>();
        double sum = 0;
        for (int i = squares.length - 1; i >= 0; i--) {
            sum += squares[i];
            scores.addFirst(new Scored(weight, squares[i] == 0 ? 0 : squares[i] / sum));
        }
        return scores;
    }

    private static PruneRequest request(double sparsity) {
        return PruneRequest.of(
                Criteria.named("l1"), new Pattern.Unstructured(), Allocation.LAMP, new Budget.Sparsity(sparsity));
    }

    private static List<Long> counts(List<Tensor> weights, double sparsity) {
        var parameters = Parameters.of(Tensors.model(weights), Selection.ALL);
        return Planner.plan(parameters, request(sparsity), TWO).plan().entries().stream()
                .map(WeightPlan.Entry::unitsToPrune)
                .toList();
    }

    @Test
    void agreesWithTheExampleByHand() {
        // a: 1/14, 4/13, 1 ; b: 16/77, 25/61, 1
        var a = Tensors.of("a", DType.FLOAT, List.of(1L, 3L), 3, -1, 2);
        var b = Tensors.of("b", DType.FLOAT, List.of(3L, 1L), 4, 5, -6);
        assertThat(counts(List.of(a, b), 1 / 6.0)).containsExactly(1L, 0L);
        assertThat(counts(List.of(a, b), 2 / 6.0)).containsExactly(1L, 1L);
        assertThat(counts(List.of(a, b), 3 / 6.0)).containsExactly(2L, 1L);
        assertThat(counts(List.of(a, b), 4 / 6.0)).containsExactly(2L, 2L);
    }

    @Test
    void agreesWithTheDefinitionOnRandomWeights() {
        for (int seed = 0; seed < 40; seed++) {
            var random = new SplittableRandom(seed);
            var weights = new ArrayList<Tensor>();
            var all = new ArrayList<Scored>();
            for (int i = 0, n = 2 + random.nextInt(4); i < n; i++) {
                int rows = 1 + random.nextInt(80);
                int columns = 1 + random.nextInt(80);
                double scale = Math.exp(random.nextGaussian());
                var values = new double[rows * columns];
                for (int j = 0; j < values.length; j++) {
                    values[j] = (float) (random.nextGaussian() * scale);
                }
                weights.add(Tensors.of("w" + i, DType.FLOAT, List.of((long) rows, (long) columns), values));
                all.addAll(scores(i, values));
            }
            double sparsity = random.nextDouble(0.95);
            all.sort(Comparator.comparingDouble(Scored::score));
            var expected = new Long[weights.size()];
            Arrays.fill(expected, 0L);
            int most = all.size() - weights.size();
            all.subList(0, (int) Math.min(most, Counts.roundHalfUp(sparsity, all.size())))
                    .forEach(scored -> expected[scored.weight]++);
            assertThat(counts(weights, sparsity)).as("seed %s", seed).containsExactly(expected);
        }
    }

    @Test
    void oneWeightAlwaysSurvivesInEachMatrixAndTheShortfallIsReported() {
        var a = Tensors.of("a", DType.FLOAT, List.of(1L, 4L), 1, 1, 1, 1);
        var b = Tensors.of("b", DType.FLOAT, List.of(1L, 4L), 0, 0, 0, 0);
        var parameters = Parameters.of(Tensors.model(List.of(a, b)), Selection.ALL);
        var planned = Planner.plan(parameters, request(0.99), TWO);
        assertThat(planned.plan().entries())
                .extracting(WeightPlan.Entry::unitsToPrune)
                .containsExactly(3L, 3L);
        assertThat(planned.shortfalls()).hasSize(1);
        assertThat(Planner.plan(parameters, request(0.5), TWO).shortfalls()).isEmpty();
    }
}
