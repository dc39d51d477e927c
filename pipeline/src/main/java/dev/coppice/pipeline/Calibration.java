package dev.coppice.pipeline;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.evidence.CalibrationSet;
import dev.coppice.pipeline.evidence.Energies;
import dev.coppice.pipeline.evidence.Reconstruction;
import dev.coppice.pipeline.measure.CostAccount;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.depth.Branch;
import dev.coppice.prune.depth.DepthScores;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Flow;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a recipe's data tells about a model: energies of activations, and fits of the readers of what is removed. */
final class Calibration {

    private final Recipe recipe;
    private final Model model;
    private final Recipe.Structured cut;
    private final Progress progress;
    private @Nullable CalibrationSet set;

    Calibration(Recipe recipe, Model model, Recipe.Structured cut, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.cut = cut;
        this.progress = progress;
    }

    private CalibrationSet set() {
        if (set == null) {
            var data = recipe.data().orElseThrow();
            set = CalibrationSet.read(data.spec(), data.options(), CostAccount.inputs(model), cut.calibrate());
        }
        return set;
    }

    /** Runs the model once and returns the energies of all activations of some groups. */
    Activations energies(List<Group> groups) {
        var flows = groups.stream().flatMap(group -> group.flows().stream()).toList();
        return Energies.observe(model, flows, set(), recipe.threads(), progress);
    }

    /** Runs the model once and returns the mean squares of what branches add, and of what they add it to. */
    DepthScores.Energies meanSquares(List<Branch> branches) {
        var flows = new HashMap<String, Flow>();
        var shapes = ShapeInference.infer(model);
        for (var branch : branches) {
            for (int operand = 0; operand < branch.addNode().inputs().size(); operand++) {
                var value = branch.addNode().input(operand);
                int rank = shapes.shape(value)
                        .orElseThrow(() -> new BadModelException(
                                "the rank of '" + value + "' is not known", "use the criterion l1 or l2"))
                        .rank();
                flows.put(value, new Flow(branch.addNode(), operand, rank - 1, operand, rank - 1, new int[0]));
            }
        }
        var energies = Energies.observe(model, flows.values(), set(), recipe.threads(), progress);
        return value -> {
            var flow = flows.get(value);
            if (flow == null) {
                throw new IllegalArgumentException(value + " was not observed");
            }
            return Arrays.stream(energies.energy(value, flow.axis())).average().orElse(0);
        };
    }

    /** Returns the cut model, its readers of what has been removed fitted to the dense model's outputs. */
    Model reconstruct(Groups groups, Removal removal, Model smaller) {
        return Reconstruction.fit(groups, removal, smaller, set(), recipe.threads(), progress);
    }
}
