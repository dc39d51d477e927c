package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.rules.ChannelScales;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The magnitudes of the scales by which channels are multiplied (Liu et al. 2017, section 3): those of BatchNormalization, and those that
 * {@link ChannelScales} has put in the place of one that was folded away.
 */
public final class ChannelScaleEvidence {

    private final WeightResolver resolver;
    private final Map<String, Node> byData = new HashMap<>();
    private final Map<String, Node> byScale = new HashMap<>();

    private ChannelScaleEvidence(Model model) {
        resolver = WeightResolver.of(model.graph());
        for (var node : model.graph().nodes()) {
            if (node.is("BatchNormalization") || ChannelScales.isInserted(node)) {
                byData.put(node.input(0), node);
                byScale.put(node.input(1), node);
            }
        }
    }

    /** Returns the scales behind each weight, by its name, one a row; weights that no BatchNormalization follows are missing. */
    public static Findings ofParameters(Model model, Collection<Parameter> parameters) {
        var self = new ChannelScaleEvidence(model);
        var layers = new LayerInputs(model);
        var found = new HashMap<String, Values>();
        for (var parameter : parameters) {
            var uses = layers.uses(parameter);
            if (uses.size() == 1) {
                Optional.ofNullable(self.byData.get(uses.getFirst().node().output(0)))
                        .flatMap(self::scales)
                        .filter(scales -> scales.length == parameter.matrix().rowCount())
                        .ifPresent(scales -> found.put(parameter.name(), new Values.Rows(scales)));
            }
        }
        return Findings.NONE.with(Evidence.CHANNEL_SCALE, found);
    }

    /** Returns the scales of each group, by its name, one a unit, the mean of several; groups without any are missing. */
    public static Findings ofGroups(Model model, Collection<Group> groups) {
        var self = new ChannelScaleEvidence(model);
        var found = new HashMap<String, Values>();
        for (var group : groups) {
            var sums = new double[group.width()];
            int layers = 0;
            for (var member : group.members()) {
                var node = self.byScale.get(member.constant());
                var scales = node == null ? Optional.<double[]>empty() : self.scales(node);
                if (scales.isEmpty() || member.unitOf().length != scales.get().length) {
                    continue;
                }
                layers++;
                for (int i = 0; i < scales.get().length; i++) {
                    if (member.unitOf()[i] >= 0) {
                        sums[member.unitOf()[i]] += scales.get()[i];
                    }
                }
            }
            for (int unit = 0; unit < sums.length; unit++) {
                sums[unit] /= Math.max(1, layers);
            }
            if (layers > 0) {
                found.put(group.name(), new Values.Rows(sums));
            }
        }
        return Findings.NONE.with(Evidence.CHANNEL_SCALE, found);
    }

    private Optional<double[]> scales(Node scaling) {
        if (!(resolver.resolve(scaling.input(1)) instanceof Resolution.Found(var weight))
                || weight.size() != weight.source().size()) {
            return Optional.empty();
        }
        var scales = new double[Math.toIntExact(weight.size())];
        Elements.doubles(weight.source(), 0, scales, scales.length);
        for (int i = 0; i < scales.length; i++) {
            scales[i] = Math.abs(scales[i]);
        }
        return Optional.of(scales);
    }
}
