package dev.coppice.pipeline.gather;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.evidence.BatchNorms;
import dev.coppice.pipeline.evidence.CalibrationData;
import dev.coppice.pipeline.evidence.Reconstruction;
import dev.coppice.pipeline.evidence.Reconstruction.Method;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Repair;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.List;

/** Repairs a model once it is pruned, by what a recipe's data tells about it. */
public final class Calibration {

    private static final String FITTED = "fitted by least squares";
    private static final String CORRECTED = "given a corrected bias";

    private final Recipe recipe;
    private final Model model;
    private final Progress progress;

    /** @param model the dense one */
    public Calibration(Recipe recipe, Model model, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.progress = progress;
    }

    private CalibrationData samples() {
        var data = recipe.data().orElseThrow();
        return data.samples(model, recipe.calibrate());
    }

    /** Returns a cut model, repaired as the recipe says; remarks tell what came of it. */
    public Model repair(Groups groups, Removal removal, Model cut, List<String> remarks) {
        var current = cut;
        for (var repair : recipe.repairs().list()) {
            current = switch (repair) {
                case LEAST_SQUARES ->
                    told(reconstructed(groups, removal, current, Method.LEAST_SQUARES), FITTED, remarks);
                case BIAS -> told(reconstructed(groups, removal, current, Method.BIAS), CORRECTED, remarks);
                case BATCH_NORM -> reestimated(current, remarks);
            };
        }
        return current;
    }

    private Reconstruction.Repaired reconstructed(Groups groups, Removal removal, Model cut, Method method) {
        return Reconstruction.ofCut(groups, removal, cut, method, samples(), recipe.threads(), progress);
    }

    /** Returns a model that has lost single weights or whole layers, repaired as the recipe says. */
    public Model repair(Model pruned, List<String> remarks) {
        if (recipe.repairs().list().contains(Repair.LEAST_SQUARES)) { // a plan shows only now what it is of
            throw new UsageException(
                    "least squares is for removed channels and heads: it would fill zeros",
                    "for single weights there are bias and batch-norm");
        }
        var current = pruned;
        for (var repair : recipe.repairs().list()) {
            current = repair == Repair.BIAS
                    ? told(
                            Reconstruction.correctBiases(model, current, samples(), recipe.threads(), progress),
                            CORRECTED,
                            remarks)
                    : reestimated(current, remarks);
        }
        return current;
    }

    private static Model told(Reconstruction.Repaired repaired, String how, List<String> remarks) {
        remarks.add((repaired.layers() == 1 ? "1 layer was " : repaired.layers() + " layers were ") + how);
        remarks.addAll(repaired.remarks());
        return repaired.model();
    }

    private Model reestimated(Model pruned, List<String> remarks) {
        var repaired = BatchNorms.reestimate(pruned, samples(), recipe.threads(), progress);
        remarks.add(
                repaired.layers() == 0
                        ? "there is no BatchNormalization whose statistics could be estimated: exporters fold it into"
                                + " convolutions"
                        : "the statistics of %d BatchNormalization%s were estimated anew"
                                .formatted(repaired.layers(), repaired.layers() == 1 ? "" : "s"));
        return repaired.model();
    }
}
