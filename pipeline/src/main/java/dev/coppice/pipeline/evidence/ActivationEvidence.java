package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.Model;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.depth.Branch;
import dev.coppice.prune.group.Flow;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/** What activations on calibration data tell about weights, outputs and groups: all kinds, all layers, in one pass. */
public final class ActivationEvidence {

    /**
     * What has been found.
     *
     * @param refused why nothing is known of some layers, by name
     */
    public record Found(Findings findings, Map<String, String> refused) {}

    private static final Set<Evidence> OF_OUTPUTS =
            Set.of(Evidence.ZERO_SHARE, Evidence.OUTPUT_MEAN, Evidence.OUTPUT_NORM, Evidence.OUTPUT_VARIANCE);

    private final LayerInputs layers;
    private final Activated activated;
    private final Observation observation = new Observation();
    private final Map<String, String> refused = new LinkedHashMap<>();

    private ActivationEvidence(Model model) {
        this.layers = new LayerInputs(model);
        this.activated = new Activated(model);
    }

    /**
     * Observes what weights are multiplied with, and what comes of it.
     *
     * @param kinds what to collect; kinds that do not come from activations are left out
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when the data cannot be used
     */
    public static Found ofParameters(
            Model model,
            Collection<Parameter> parameters,
            Set<Evidence> kinds,
            Samples data,
            int threads,
            Progress progress) {
        var self = new ActivationEvidence(model);
        var inputs = kinds.contains(Evidence.INPUT_NORM)
                ? self.watchInputs(parameters)
                : Map.<Parameter, List<LinearLayer>>of();
        var outputs = kinds.stream().anyMatch(OF_OUTPUTS::contains)
                ? self.watchOutputs(parameters)
                : Map.<Parameter, Watch>of();
        self.observation.run(model, data, threads, progress);
        var findings = Findings.NONE;
        if (kinds.contains(Evidence.INPUT_NORM)) {
            var norms = new HashMap<String, Values>();
            inputs.forEach((parameter, uses) -> norms.put(parameter.name(), self.norms(parameter, uses)));
            findings = findings.with(Evidence.INPUT_NORM, norms);
        }
        for (var kind : kinds) {
            if (OF_OUTPUTS.contains(kind)) {
                var rows = new HashMap<String, Values>();
                outputs.forEach((parameter, watch) ->
                        rows.put(parameter.name(), new Values.Rows(statistic(kind, self.observation.of(watch)))));
                findings = findings.with(kind, rows);
            }
        }
        return new Found(findings, self.refused);
    }

    private Map<Parameter, List<LinearLayer>> watchInputs(Collection<Parameter> parameters) {
        var watched = new LinkedHashMap<Parameter, List<LinearLayer>>();
        for (var parameter : parameters) {
            var uses = observable(parameter);
            if (!uses.isEmpty()) {
                uses.forEach(use -> observation.squares(LayerInputs.input(use)));
                watched.put(parameter, uses);
            }
        }
        return watched;
    }

    /** Returns the uses of a parameter; none, and a reason on record, when not all can be observed. */
    private List<LinearLayer> observable(Parameter parameter) {
        var uses = layers.uses(parameter);
        for (var use : uses) {
            var obstacle = LayerInputs.obstacle(use);
            if (obstacle.isEmpty()
                    && !use.matrix().columns().equals(parameter.matrix().columns())) {
                refused.put(parameter.name(), "its users read it in different directions");
            }
            obstacle.ifPresent(reason -> refused.put(parameter.name(), reason));
        }
        if (uses.isEmpty()) {
            refused.put(parameter.name(), "no node of the main graph multiplies with it");
        }
        return refused.containsKey(parameter.name()) ? List.of() : uses;
    }

    /** The root mean squares of what each column meets, over all uses of the weight. */
    private Values norms(Parameter parameter, List<LinearLayer> uses) {
        double[] sum = {};
        for (var use : uses) {
            var squares = observation.of(LayerInputs.input(use)).meanSquares();
            if (use.operator() == WeightOperator.CONV_TRANSPOSE) {
                squares = repeated(squares, parameter);
            }
            sum = sum.length == 0 ? new double[squares.length] : sum;
            for (int i = 0; i < squares.length; i++) {
                sum[i] += squares[i];
            }
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] = Math.sqrt(sum[i] / uses.size());
        }
        int columns = parameter.matrix().columnCount();
        int groups = Math.max(1, sum.length / columns);
        return new Values.Columns(sum, columns, parameter.matrix().rowCount() / groups);
    }

    /** A transposed convolution multiplies a channel's values with every place of the kernel. */
    private static double[] repeated(double[] squares, Parameter parameter) {
        int places = Math.toIntExact(
                parameter.shape().subList(2, parameter.shape().size()).stream().reduce(1L, Math::multiplyExact));
        var repeated = new double[squares.length * places];
        Arrays.setAll(repeated, i -> squares[i / places]);
        return repeated;
    }

    private Map<Parameter, Watch> watchOutputs(Collection<Parameter> parameters) {
        var watched = new LinkedHashMap<Parameter, Watch>();
        for (var parameter : parameters) {
            var uses = observable(parameter);
            if (uses.isEmpty()) {
                continue;
            }
            if (uses.size() > 1) {
                refused.put(parameter.name(), "it has several users, each with outputs of its own");
                continue;
            }
            var use = uses.getFirst();
            var axis = use.outputAxis();
            if (axis.isEmpty()) {
                refused.put(parameter.name(), "the outputs of a recurrent layer's gates cannot be observed");
                continue;
            }
            var place = activated.after(use.node().output(0));
            var watch = Watch.of(place.value(), axis.getAsInt());
            observation.all(watch, place.threshold());
            watched.put(parameter, watch);
        }
        return watched;
    }

    private static double[] statistic(Evidence kind, AxisSums sums) {
        return switch (kind) {
            case ZERO_SHARE -> sums.zeroShares();
            case OUTPUT_MEAN -> sums.meanMagnitudes();
            case OUTPUT_NORM ->
                Arrays.stream(sums.meanSquares()).map(Math::sqrt).toArray();
            case OUTPUT_VARIANCE -> sums.variances();
            default -> throw new IllegalArgumentException(kind + " is not about outputs");
        };
    }

    /**
     * Observes the activations of groups, where they are read or, before pooling, where the activation function gives them.
     *
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when the data cannot be used
     */
    public static Found ofGroups(
            Model model, Collection<Group> groups, Set<Evidence> kinds, Samples data, int threads, Progress progress) {
        var self = new ActivationEvidence(model);
        var watches = new LinkedHashMap<Group, Map<Flow, Watch>>();
        for (var group : groups) {
            var own = new LinkedHashMap<Flow, Watch>();
            for (var flow : group.flows()) {
                var place = self.activated.before(flow.value(), flow.axis(), flow.unitOf().length);
                var watch = Watch.of(place.value(), flow.axis());
                self.observation.all(watch, place.threshold());
                own.put(flow, watch);
            }
            watches.put(group, own);
        }
        boolean outputs = kinds.stream().anyMatch(OF_OUTPUTS::contains);
        var findings = Findings.NONE;
        if (kinds.contains(Evidence.CONTRIBUTION)) {
            var flows = groups.stream().flatMap(group -> group.flows().stream()).toList();
            var energies = Energies.observe(model, flows, data, threads, progress);
            var byFlow = new HashMap<String, Values>();
            flows.forEach(flow ->
                    byFlow.put(flow.activations(), new Values.Rows(energies.energy(flow.value(), flow.axis()))));
            findings = findings.with(Evidence.CONTRIBUTION, byFlow);
        }
        if (!outputs) {
            return new Found(findings, self.refused);
        }
        self.observation.run(model, data, threads, progress);
        for (var kind : kinds) {
            if (OF_OUTPUTS.contains(kind)) {
                var byGroup = new HashMap<String, Values>();
                watches.forEach(
                        (group, own) -> self.ofGroup(kind, group, own).ifPresent(v -> byGroup.put(group.name(), v)));
                findings = findings.with(kind, byGroup);
            }
        }
        return new Found(findings, self.refused);
    }

    /** Observes the mean squares of what branches add, and of what they add it to; what counts is their ratio. */
    public static Findings ofBranches(
            Model model, List<Branch> branches, Samples data, int threads, Progress progress) {
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
        var energies = Energies.observe(model, flows.values(), data, threads, progress);
        ToDoubleFunction<String> meanSquare = value -> Arrays.stream(energies.energy(
                        value, Objects.requireNonNull(flows.get(value)).axis()))
                .average()
                .orElse(0);
        var ratios = new HashMap<String, Values>();
        for (var branch : branches) {
            double skip = Math.max(meanSquare.applyAsDouble(branch.skip()), Double.MIN_NORMAL);
            ratios.put(branch.name(), new Values.Rows(new double[] {meanSquare.applyAsDouble(branch.value()) / skip}));
        }
        return Findings.NONE.with(Evidence.CONTRIBUTION, ratios);
    }

    /** The mean of a statistic over all indices, at all places where the group is read, that belong to a unit. */
    private java.util.Optional<Values> ofGroup(Evidence kind, Group group, Map<Flow, Watch> watches) {
        var sums = new double[group.width()];
        var counts = new int[group.width()];
        watches.forEach((flow, watch) -> {
            var own = statistic(kind, observation.of(watch));
            int each = own.length == 0 ? 0 : flow.unitOf().length / own.length;
            for (int i = 0; each > 0 && each * own.length == flow.unitOf().length && i < own.length; i++) {
                int unit = flow.unitOf()[i * each];
                if (unit >= 0) {
                    sums[unit] += own[i];
                    counts[unit]++;
                }
            }
        });
        var means = new ArrayList<Double>();
        for (int unit = 0; unit < sums.length; unit++) {
            if (counts[unit] == 0) {
                refused.put(group.name(), "the activations of its units are not observed one by one");
                return java.util.Optional.empty();
            }
            means.add(sums[unit] / counts[unit]);
        }
        return java.util.Optional.of(
                new Values.Rows(means.stream().mapToDouble(Double::doubleValue).toArray()));
    }
}
