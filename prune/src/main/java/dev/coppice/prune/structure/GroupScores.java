package dev.coppice.prune.structure;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.group.Flow;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Member;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.L2Criterion;
import dev.coppice.prune.score.LampCriterion;
import dev.coppice.prune.score.Rule;
import dev.coppice.prune.score.UnitKind;
import dev.coppice.prune.score.UnitSlices;
import dev.coppice.prune.score.Values;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Scores the units of groups; what scores lowest goes first. */
final class GroupScores {

    private final Scoring scoring;
    private final Rule rule;
    private final WeightResolver resolver;
    private final Map<String, Tensor> constants;
    private final boolean comparable;

    /** @param comparable whether units of one group are to be compared with those of others */
    GroupScores(Model model, Scoring scoring, Findings findings, boolean comparable) {
        this.rule = new Rule(scoring.criterion(), scoring.seed(), findings);
        this.comparable = comparable;
        this.scoring = scoring;
        this.resolver = WeightResolver.of(model.graph());
        this.constants = model.graph().storedTensors();
    }

    /** Returns a score for each unit of a group; of criteria that are not absolute 1 on the average, so that groups can be compared. */
    double[] of(Group group) {
        var criterion = scoring.criterion();
        var scores = criterion.judgesWhole(kind(group)) ? wholes(group) : slices(group);
        for (double score : scores) {
            if (!Double.isFinite(score)) {
                throw new BadModelException(
                        "the criterion " + criterion.label() + " scores a unit of " + group.name() + " " + score,
                        "a weight that is not a number has no rank: repair the model, or leave the weight out with"
                                + " --keep");
            }
        }
        if (criterion.isLayerAdaptive()) {
            return LampCriterion.relative(scores);
        }
        if (!criterion.isAbsolute()) {
            relate(scores);
        }
        return scores;
    }

    /** Divides by the mean. */
    private static void relate(double[] scores) {
        double sum = 0;
        for (double score : scores) {
            sum += Math.abs(score);
        }
        for (int i = 0; sum > 0 && i < scores.length; i++) {
            scores[i] *= scores.length / sum;
        }
    }

    private static UnitKind kind(Group group) {
        return group.head() ? UnitKind.HEAD : UnitKind.CHANNEL;
    }

    /** The scores of units by what is known of each as a whole; where nothing reads them, by their norms. */
    private double[] wholes(Group group) {
        var by = rule;
        if (scoring.criterion().needs(kind(group)).contains(Evidence.CONTRIBUTION)) {
            var contributions = contributions(group);
            if (contributions.isEmpty()) {
                return magnitude(group);
            }
            by = new Rule(
                    rule.criterion(),
                    rule.seed(),
                    rule.findings()
                            .with(Evidence.CONTRIBUTION, Map.of(group.name(), new Values.Rows(contributions.get()))));
        }
        var random = new SplittableRandom(scoring.seed() ^ ((long) group.name().hashCode() << 32) ^ group.index());
        return UnitSlices.ofWholes(
                group.name(), kind(group), random.doubles(group.width()).toArray(), by);
    }

    /**
     * The scores of each unit's slices of all coupled matrices, as a rule their mean; each matrix then counts relative to its own mean so
     * that none outweighs the others by its size (Fang et al. 2023, section 3.3). Absolute scores add up over all weights.
     */
    private double[] slices(Group group) {
        var scores = new double[group.width()];
        boolean filters = scoring.criterion().needs(kind(group)).stream()
                .anyMatch(kind -> kind.subject() == Evidence.Subject.UNIT);
        for (var member : group.members()) {
            var tensor = constants.get(member.constant());
            if (tensor == null || !member.isMatrix() || !tensor.type().prunable() || (filters && member.reads())) {
                continue;
            }
            if (!isKnown(member, scoring.criterion(), rule.findings())) {
                continue;
            }
            add(scores, new UnitSlices(member.constant(), tensor, member.axis(), member.unitOf(), group.width()), rule);
        }
        return scores;
    }

    /** Says whether what a criterion looks at has been found for a group. */
    static boolean isKnown(Group group, Criterion criterion, Findings findings) {
        return criterion.needs(kind(group)).stream()
                        .filter(kind -> kind.subject() == Evidence.Subject.OUTPUT)
                        .allMatch(kind -> findings.find(kind, group.name()).isPresent())
                && group.members().stream().anyMatch(member -> isKnown(member, criterion, findings));
    }

    /** Says whether what a criterion asks about single weights has been found for a constant. */
    static boolean isKnown(Member member, Criterion criterion, Findings findings) {
        return criterion.needs(UnitKind.CHANNEL).stream()
                .filter(kind -> kind.subject() == Evidence.Subject.WEIGHT)
                .allMatch(kind -> findings.find(kind, member.constant()).isPresent());
    }

    private void add(double[] scores, UnitSlices slices, Rule by) {
        var own = slices.scores(by);
        if (by.criterion().isAbsolute()) {
            for (int unit = 0; unit < own.length; unit++) {
                own[unit] *= slices.size(unit);
            }
        } else {
            relate(own);
        }
        for (int unit = 0; unit < own.length; unit++) {
            scores[unit] += own[unit];
        }
    }

    /**
     * The mean square of a unit's activations times the squares of the weights that read them, summed over all readers. To compare
     * groups, each output of a reader counts relative to what all units give it: a share of its energy that would be lost.
     */
    private Optional<double[]> contributions(Group group) {
        var scores = new double[group.width()];
        boolean known = false;
        for (var flow : group.flows()) {
            var weights = resolver.resolve(flow.node().input(flow.weight()));
            var found = rule.findings().find(Evidence.CONTRIBUTION, flow.activations());
            if (!(weights instanceof Resolution.Found(var weight))
                    || !(found.orElse(null) instanceof Values.Rows(double[] energy))) {
                continue;
            }
            var reader = new Reader(weight, flow);
            if (energy.length != flow.unitOf().length || !reader.fits()) {
                continue;
            }
            known = true;
            var outputs = comparable ? reader.outputs(energy) : new double[0];
            reader.forEach((channel, output, square) -> {
                int unit = flow.unitOf()[channel];
                double given = energy[channel] * square;
                if (unit >= 0 && given > 0) {
                    scores[unit] += comparable ? given / outputs[output] / outputs.length : given;
                }
            });
        }
        return known ? Optional.of(scores) : Optional.empty();
    }

    /** Scores by norms what no known weight reads. */
    private double[] magnitude(Group group) {
        var scores = new double[group.width()];
        for (var member : group.members()) {
            var tensor = constants.get(member.constant());
            if (tensor != null && member.isMatrix() && tensor.type().prunable()) {
                add(
                        scores,
                        new UnitSlices(member.constant(), tensor, member.axis(), member.unitOf(), group.width()),
                        Rule.of(new L2Criterion(), 0));
            }
        }
        return scores;
    }

    /** Walks over the weights that read a group's activations. */
    private static final class Reader {

        private final Weight weight;
        private final Flow flow;
        private final int along;
        private final int groups;
        private final int filters;
        private final int outputs;

        /** Sees one weight's square, and which channel it reads for which output. */
        private interface Visitor {
            void visit(int channel, int output, double square);
        }

        Reader(Weight weight, Flow flow) {
            this.weight = weight;
            this.flow = flow;
            this.along = Math.toIntExact(weight.dims().get(flow.weightAxis()));
            this.groups = Math.max(1, flow.unitOf().length / Math.max(1, along));
            this.filters = Math.toIntExact(Math.max(1, weight.dims().getFirst() / groups));
            this.outputs =
                    weight.dims().size() < 2 ? 1 : Math.toIntExact(weight.dims().get(flow.weightAxis() == 0 ? 1 : 0));
        }

        boolean fits() {
            return weight.dims().size() > 1 && along * groups == flow.unitOf().length;
        }

        /** Returns the energy of each output, its inputs taken as independent of each other. */
        double[] outputs(double[] energy) {
            var sums = new double[outputs];
            forEach((channel, output, square) -> sums[output] += energy[channel] * square);
            return sums;
        }

        void forEach(Visitor visitor) {
            var tensor = weight.source();
            var all = new float[Math.toIntExact(tensor.size())];
            Elements.floats(tensor, 0, all, all.length);
            var index = new int[weight.dims().size()];
            long total = weight.size();
            long at = weight.offset();
            for (long n = 0; n < total; n++) {
                double value = all[Math.toIntExact(at)];
                int channel =
                        groups == 1 ? index[flow.weightAxis()] : index[0] / filters * along + index[flow.weightAxis()];
                visitor.visit(channel, index[flow.weightAxis() == 0 ? 1 : 0], value * value);
                for (int d = index.length - 1; d >= 0; d--) {
                    at += weight.strides().get(d);
                    if (++index[d] < weight.dims().get(d)) {
                        break;
                    }
                    at -= index[d] * weight.strides().get(d);
                    index[d] = 0;
                }
            }
        }
    }
}
