package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.prune.allocate.Counts;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Groups;
import dev.coppice.prune.structure.StructuredPlanner;
import dev.coppice.prune.structure.StructuredRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The groups of channels and heads of a model, each masked alone: that computes what a cut would, and leaves all shapes as they are. */
final class GroupLayers implements Layers {

    private final Groups groups;
    private final Map<Group, int[]> orders;
    private final Map<String, Group> byName = new HashMap<>();
    private final List<Layer> list = new ArrayList<>();

    /** @param collector asked for what the request's criterion needs to know */
    GroupLayers(Model model, StructuredRequest request, EvidenceCollector collector) {
        this.groups = Groups.of(model);
        var candidates = StructuredPlanner.candidates(groups, request);
        this.orders = StructuredPlanner.orders(groups, request, collector.ofGroups(candidates));
        for (var group : candidates) {
            if (!orders.containsKey(group)) {
                continue;
            }
            var one = groups.nothing();
            one.remove(group, 0);
            long weights = (groups.matrixSize(groups.nothing()) - groups.matrixSize(one)) * group.width();
            byName.put(group.name(), group);
            list.add(new Layer(
                    group.name(),
                    StructuredPlanner.node(group),
                    group.head() ? "head" : "channel",
                    group.width(),
                    weights));
        }
    }

    @Override
    public List<Layer> list() {
        return list;
    }

    @Override
    public Variant prune(Layer layer, double sparsity) {
        var group = Objects.requireNonNull(byName.get(layer.name()));
        var order = Objects.requireNonNull(orders.get(group));
        int count = (int) Math.min(group.width() - 1, Counts.roundHalfUp(sparsity, group.width()));
        var removal = groups.nothing();
        for (int i = 0; i < count; i++) {
            removal.remove(group, order[i]);
        }
        return new Variant(groups.mask(removal), count);
    }
}
