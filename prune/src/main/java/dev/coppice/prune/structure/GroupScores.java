package dev.coppice.prune.structure;

import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.weight.Resolution;
import dev.coppice.ir.weight.Weight;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.group.Activations;
import dev.coppice.prune.group.Flow;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.group.Member;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Scores the units of groups; what scores lowest goes first. */
final class GroupScores {

    private static final int CHUNK = 1 << 16;

    private final Scoring scoring;
    private final @Nullable Activations activations;
    private final WeightResolver resolver;
    private final Map<String, Tensor> constants = new HashMap<>();
    private final boolean comparable;

    /** @param comparable whether units of one group are to be compared with those of others */
    GroupScores(Model model, Scoring scoring, @Nullable Activations activations, boolean comparable) {
        this.comparable = comparable;
        this.scoring = scoring;
        this.activations = activations;
        this.resolver = WeightResolver.of(model.graph());
        model.graph().initializers().forEach(tensor -> constants.put(tensor.name(), tensor));
        for (var node : model.graph().nodes()) {
            if (node.is("Constant")) {
                node.tensorAttribute("value").ifPresent(tensor -> constants.put(node.output(0), tensor));
            }
        }
    }

    /** Returns a score for each unit of a group, 1 on the average so that groups can be compared. */
    double[] of(Group group) {
        var scores = switch (scoring.criterion()) {
            case RANDOM -> random(group);
            case L1 -> magnitude(group, false);
            case L2 -> magnitude(group, true);
            case WANDA -> energy(group);
        };
        double sum = 0;
        for (double score : scores) {
            sum += score;
        }
        for (int i = 0; sum > 0 && i < scores.length; i++) {
            scores[i] *= scores.length / sum;
        }
        return scores;
    }

    private double[] random(Group group) {
        var random = new SplittableRandom(scoring.seed() ^ ((long) group.name().hashCode() << 32) ^ group.index());
        return random.doubles(group.width()).toArray();
    }

    /**
     * The norm of each unit's slices of all coupled matrices, as a rule their mean; each matrix then counts relative to its own mean so
     * that none outweighs the others by its size (Fang et al. 2023, section 3.3).
     */
    private double[] magnitude(Group group, boolean squared) {
        var scores = new double[group.width()];
        for (var member : group.members()) {
            var tensor = constants.get(member.constant());
            if (tensor == null || !member.isMatrix() || !tensor.type().prunable()) {
                continue;
            }
            var norms = norms(tensor, member, group.width(), squared);
            double sum = 0;
            for (double norm : norms) {
                sum += norm;
            }
            for (int unit = 0; sum > 0 && unit < norms.length; unit++) {
                double relative = norms[unit] * norms.length / sum;
                scores[unit] = switch (scoring.aggregate()) {
                    case MEAN -> scores[unit] + relative;
                    case SUM -> scores[unit] + norms[unit];
                    case MAX -> Math.max(scores[unit], relative);
                };
            }
        }
        return scores;
    }

    private static double[] norms(Tensor tensor, Member member, int width, boolean squared) {
        var norms = new double[width];
        long inner = 1;
        for (int i = member.axis() + 1; i < tensor.dims().size(); i++) {
            inner *= tensor.dims().get(i);
        }
        long size = tensor.dims().get(member.axis());
        var chunk = new float[CHUNK];
        for (long from = 0; from < tensor.size(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, tensor.size() - from);
            Elements.floats(tensor, from, chunk, count);
            for (int i = 0; i < count; i++) {
                int unit = member.unitOf()[(int) ((from + i) / inner % size)];
                if (unit >= 0) {
                    norms[unit] += squared ? (double) chunk[i] * chunk[i] : Math.abs(chunk[i]);
                }
            }
        }
        for (int unit = 0; squared && unit < width; unit++) {
            norms[unit] = Math.sqrt(norms[unit]);
        }
        return norms;
    }

    /**
     * The mean square of a unit's activations times the squares of the weights that read them, summed over all readers. To compare
     * groups, each output of a reader counts relative to what all units give it: a share of its energy that would be lost.
     */
    private double[] energy(Group group) {
        var scores = new double[group.width()];
        boolean known = false;
        for (var flow : group.flows()) {
            var weights = resolver.resolve(flow.node().input(flow.weight()));
            if (!(weights instanceof Resolution.Found(var weight)) || activations == null) {
                continue;
            }
            var energy = activations.energy(flow.value(), flow.axis());
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
        return known ? scores : magnitude(group, true);
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
