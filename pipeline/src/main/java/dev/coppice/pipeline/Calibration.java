package dev.coppice.pipeline;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.group.Removal;
import java.util.List;

/** What a recipe's data tells about a model: energies of activations, and fits of the readers of what is removed. */
final class Calibration {

    private final Recipe recipe;
    private final Model model;
    private final Recipe.Structured cut;
    private final Progress progress;

    Calibration(Recipe recipe, Model model, Recipe.Structured cut, Progress progress) {
        this.recipe = recipe;
        this.model = model;
        this.cut = cut;
        this.progress = progress;
    }

    Activations energies(List<Group> groups) {
        throw new UsageException("not yet " + recipe.model() + model + cut + progress + groups, "");
    }

    Model reconstruct(Groups groups, Removal removal) {
        throw new UsageException("not yet " + groups + removal, "");
    }
}
