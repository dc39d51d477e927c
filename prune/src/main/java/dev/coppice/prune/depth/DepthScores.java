package dev.coppice.prune.depth;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** Says how much a model would miss each of its branches; what scores lowest goes first. */
public final class DepthScores {

    private static final int CHUNK = 1 << 16;

    private DepthScores() {}

    /** What is known of a model's activations on calibration data. */
    @FunctionalInterface
    public interface Energies {

        /**
         * Returns the mean square of a value's elements over all samples.
         *
         * @throws IllegalArgumentException when the value was not observed
         */
        double meanSquare(String value);
    }

    /** Returns the values whose energies {@link #energy} asks for: what each branch adds, and what it adds it to. */
    public static Set<String> needed(List<Branch> branches) {
        var needed = new LinkedHashSet<String>();
        for (var branch : branches) {
            needed.add(branch.value());
            needed.add(branch.skip());
        }
        return needed;
    }

    /**
     * Scores by a criterion that needs no data.
     *
     * @param criterion {@code l1}, {@code l2} or {@code random}
     * @throws UsageException when there is no such criterion
     * @throws BadModelException as {@link #magnitude} does
     */
    public static double[] scores(Model model, List<Branch> branches, String criterion, long seed) {
        return switch (criterion) {
            case "l1" -> magnitude(model, branches, false);
            case "l2" -> magnitude(model, branches, true);
            case "random" -> random(branches, seed);
            default ->
                throw new UsageException(
                        "criterion '" + criterion + "' cannot score branches without data",
                        "known are l1, l2, random, and with data wanda");
        };
    }

    /** Returns numbers from 0 to 1 that depend on the seed and a branch's name alone. */
    private static double[] random(List<Branch> branches, long seed) {
        return branches.stream()
                .mapToDouble(branch ->
                        new SplittableRandom(seed ^ ((long) branch.name().hashCode() << 32)).nextDouble())
                .toArray();
    }

    /**
     * Scores by the mean square of what a branch adds relative to that of what it adds it to: a branch that hardly changes the residual
     * stream is hardly missed. The activations stand alone, since no weight reads a branch by itself (compare Sun et al. 2024, section 3,
     * and Men et al. 2024, ShortGPT, section 3.2, which measures the same change by its angle).
     */
    public static double[] energy(List<Branch> branches, Energies energies) {
        return branches.stream()
                .mapToDouble(branch -> energies.meanSquare(branch.value())
                        / Math.max(energies.meanSquare(branch.skip()), Double.MIN_NORMAL))
                .toArray();
    }

    /**
     * Scores by the root mean square (or the mean absolute value) of a branch's weights relative to that of all branches' weights
     * together (Li et al. 2017, section 3.1, for whole branches instead of filters).
     *
     * @throws BadModelException when a branch has only weights that operators compute
     */
    private static double[] magnitude(Model model, List<Branch> branches, boolean squared) {
        var constants = constants(model);
        var norms = new HashMap<String, Norm>();
        var total = Norm.NONE;
        var scores = new double[branches.size()];
        for (int i = 0; i < scores.length; i++) {
            var own = Norm.NONE;
            for (var name : branches.get(i).weights()) {
                var tensor = constants.get(name);
                if (tensor != null && tensor.type().prunable()) {
                    own = own.plus(norms.computeIfAbsent(name, _ -> Norm.of(tensor, squared)));
                }
            }
            if (own.count == 0) {
                throw new BadModelException(
                        "branch '%s' has no stored floating-point weights"
                                .formatted(branches.get(i).name()),
                        "fold constants first, or use the criterion random or wanda");
            }
            total = total.plus(own);
            scores[i] = own.mean(squared);
        }
        double mean = total.mean(squared);
        for (int i = 0; mean > 0 && i < scores.length; i++) {
            scores[i] /= mean;
        }
        return scores;
    }

    private static Map<String, Tensor> constants(Model model) {
        var constants = new HashMap<String, Tensor>();
        var resolver = WeightResolver.of(model.graph());
        model.graph().initializers().forEach(tensor -> constants.put(tensor.name(), tensor));
        for (var node : model.graph().nodes()) {
            if (node.is("Constant") && resolver.resolve(node.output(0)) instanceof Resolution.Found(var weight)) {
                constants.put(weight.name(), weight.source());
            }
        }
        return constants;
    }

    /** A sum of squares or absolute values, and of how many. */
    private record Norm(double sum, long count) {

        static final Norm NONE = new Norm(0, 0);

        static Norm of(Tensor tensor, boolean squared) {
            double sum = 0;
            var chunk = new float[(int) Math.min(CHUNK, tensor.size())];
            for (long from = 0; from < tensor.size(); from += chunk.length) {
                int count = (int) Math.min(chunk.length, tensor.size() - from);
                Elements.floats(tensor, from, chunk, count);
                for (int i = 0; i < count; i++) {
                    sum += squared ? (double) chunk[i] * chunk[i] : Math.abs(chunk[i]);
                }
            }
            return new Norm(sum, tensor.size());
        }

        Norm plus(Norm other) {
            return new Norm(sum + other.sum, count + other.count);
        }

        double mean(boolean squared) {
            return squared ? Math.sqrt(sum / count) : sum / count;
        }
    }
}
