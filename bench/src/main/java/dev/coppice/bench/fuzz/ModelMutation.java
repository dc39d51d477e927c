package dev.coppice.bench.fuzz;

import dev.coppice.ir.Model;
import java.util.ArrayList;
import java.util.random.RandomGenerator;

/** Changes a model's structure in one place or several. */
final class ModelMutation {

    private ModelMutation() {}

    static Model apply(Model model, RandomGenerator random) {
        var changed = model;
        for (int i = random.nextInt(4); i > 0; i--) {
            changed = random.nextInt(12) == 0
                    ? versions(changed, random)
                    : changed.withGraph(GraphMutation.apply(changed.graph(), random));
        }
        return changed;
    }

    private static Model versions(Model model, RandomGenerator random) {
        var opsets = new ArrayList<>(model.opsets());
        long version = random.nextBoolean() ? 1 + random.nextInt(26) : Hostile.number(random);
        opsets.set(0, new Model.Opset("", version));
        var functions = new ArrayList<>(model.functions());
        for (var function : model.functions()) {
            // One that calls itself.
            functions.set(
                    0,
                    function.withNodes(model.graph().nodes().stream()
                            .filter(node -> node.opType().equals(function.name()))
                            .toList()));
        }
        return new Model(
                random.nextBoolean() ? model.irVersion() : random.nextInt(14),
                opsets,
                model.graph(),
                functions,
                model.carried(),
                model.origins());
    }
}
