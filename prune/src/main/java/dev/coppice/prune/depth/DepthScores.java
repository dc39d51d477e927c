package dev.coppice.prune.depth;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.prune.score.Criteria;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.UnitKind;
import dev.coppice.prune.score.UnitSlices;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** Says how much a model would miss each of its branches; what scores lowest goes first. */
public final class DepthScores {

    private DepthScores() {}

    /**
     * Scores branches: by what is known of each as a whole, or as one unit of all their weights (Li et al. 2017, section 3.1, for whole
     * branches instead of filters).
     *
     * @throws UsageException when the criterion cannot score branches
     * @throws BadModelException when a branch whose weights are looked at has only such as operators compute, or some that are no numbers
     */
    public static double[] of(Model model, List<Branch> branches, Rule rule) {
        Criteria.require(rule.criterion(), UnitKind.LAYER);
        var constants = model.graph().storedTensors();
        boolean whole = rule.criterion().judgesWhole(UnitKind.LAYER);
        return branches.stream()
                .mapToDouble(branch -> whole ? whole(branch, rule) : weights(branch, constants, rule))
                .toArray();
    }

    private static double whole(Branch branch, Rule rule) {
        double chance = new SplittableRandom(rule.seed() ^ ((long) branch.name().hashCode() << 32)).nextDouble();
        return UnitSlices.ofWholes(branch.name(), UnitKind.LAYER, new double[] {chance}, rule)[0];
    }

    private static double weights(Branch branch, Map<String, Tensor> constants, Rule rule) {
        var tensors = branch.weights().stream()
                .filter(constants::containsKey)
                .map(name -> Objects.requireNonNull(constants.get(name)))
                .filter(tensor -> tensor.type().prunable())
                .toList();
        if (tensors.isEmpty()) {
            throw new BadModelException(
                    "branch '%s' has no stored floating-point weights".formatted(branch.name()),
                    "fold constants first, or use the criterion random or wanda");
        }
        double score = UnitSlices.ofTensors(branch.name(), tensors, rule);
        if (!Double.isFinite(score)) {
            throw new BadModelException(
                    "the criterion " + rule.criterion().label() + " scores the branch " + branch.name() + " " + score,
                    "a weight that is not a number has no rank: repair the model, or leave the branch out with --keep");
        }
        return score;
    }
}
