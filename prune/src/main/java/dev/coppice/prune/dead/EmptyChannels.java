package dev.coppice.prune.dead;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.Trait;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.layer.WeightOperator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** A cheap look for what makes units dead: without it there is no need to look further. */
final class EmptyChannels {


    private EmptyChannels() {}

    /** Says whether some weight matrix has nothing but zeros at an index of an axis, or a scale is zero. */
    static boolean in(Model model, Stored stored, FullConstants known, Parallel parallel) {
        var scales = new HashSet<String>();
        var weights = new HashSet<String>();
        for (var node : model.graph().nodes().reversed()) {
            if (node.is("BatchNormalization")) {
                scales.add(node.input(1));
            } else if (node.is("Mul")) {
                scales.addAll(node.inputs());
            } else if (WeightOperator.of(node) != null
                    || node.is("Einsum")
                    || (node.has(Trait.MOVES) && node.outputs().stream().anyMatch(weights::contains))) {
                weights.addAll(node.inputs());
            }
        }
        var candidates = stored.tensors().values().stream()
                .filter(tensor ->
                        (weights.contains(tensor.name()) && tensor.dims().size() > 1)
                                || (scales.contains(tensor.name()) && !DeadUnits.isMatrix(tensor)))
                .toList();
        var found = new AtomicBoolean();
        parallel.forEach(candidates.size(), () -> task -> {
            if (!found.get() && isEmptySomewhere(candidates.get(task), known)) {
                found.set(true);
            }
        });
        return found.get();
    }

    private static boolean isEmptySomewhere(Tensor tensor, FullConstants known) {
        if (known.has(tensor)) {
            return false;
        }
        var occupied = Occupancy.of(tensor, List.of());
        for (int axis = 0; axis < tensor.dims().size(); axis++) {
            if (occupied.get(axis).cardinality() < tensor.dims().get(axis)) {
                return true;
            }
        }
        known.add(tensor);
        return false;
    }
}
