package dev.coppice.pipeline.gather;

import dev.coppice.ir.Model;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.data.spec.DataHash;
import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.pipeline.evidence.ActivationEvidence;
import dev.coppice.pipeline.evidence.CalibrationData;
import dev.coppice.pipeline.evidence.ChannelScaleEvidence;
import dev.coppice.pipeline.evidence.EvidenceFile;
import dev.coppice.pipeline.evidence.GradientEvidence;
import dev.coppice.pipeline.evidence.SynapticFlow;
import dev.coppice.pipeline.evidence.UpdateEvidence;
import dev.coppice.pipeline.evidence.UpdateEvidence.Course;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.run.Provenance;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.prune.Blocked;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.ParameterList;
import dev.coppice.prune.depth.Branch;
import dev.coppice.prune.group.Group;
import dev.coppice.prune.score.Criterion;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.UnitKind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Collects what a recipe's criterion needs to know about a model, from the recipe's data. */
public final class EvidenceCollector {

    /**
     * What was collected about parameters.
     *
     * @param parameters those about which everything is known; the others are blocked, with the reason
     */
    public record OfParameters(ParameterList parameters, Findings findings) {}

    private static final ActivationEvidence.Found NOTHING = new ActivationEvidence.Found(Findings.NONE, Map.of());

    private final Recipe recipe;
    private final Model model;
    private final Criterion criterion;
    private final Progress progress;
    private final Findings learnt;

    public EvidenceCollector(Recipe recipe, Model model, Criterion criterion, Progress progress) {
        this(recipe, model, criterion, Findings.NONE, progress);
    }

    /** @param learnt what training has told about weights already, by the name of the constant */
    public EvidenceCollector(Recipe recipe, Model model, Criterion criterion, Findings learnt, Progress progress) {
        this.learnt = learnt;
        this.recipe = recipe;
        this.model = model;
        this.criterion = criterion;
        this.progress = progress;
    }

    /**
     * Collects what is needed about weights.
     *
     * @throws dev.coppice.ir.BadModelException when the model does not run
     * @throws dev.coppice.ir.BadInputException when the data cannot be used
     */
    public OfParameters ofParameters(ParameterList parameters) {
        var names = parameters.prunable().stream().map(Parameter::name).toList();
        var found = kept("weights " + names, () -> {
            var observed = isAny(criterion.needs(), Evidence.Source.ACTIVATIONS)
                    ? ActivationEvidence.ofParameters(
                            model, parameters.prunable(), criterion.needs(), data(), recipe.threads(), progress)
                    : NOTHING;
            return new ActivationEvidence.Found(ofWeights(observed.findings(), criterion.needs()), observed.refused());
        });
        var findings = found.findings();
        var refused = new HashMap<>(found.refused());
        if (criterion.needs().contains(Evidence.CHANNEL_SCALE)) {
            findings = findings.with(ChannelScaleEvidence.ofParameters(model, parameters.prunable()));
        }
        var constants = constants();
        for (var parameter : parameters.prunable()) {
            for (var kind : criterion.needs()) {
                if (kind.subject() == Evidence.Subject.WEIGHT) {
                    var values = findings.find(kind, constants.getOrDefault(parameter.source(), ""));
                    if (values.isPresent()) {
                        findings = findings.with(kind, Map.of(parameter.name(), values.get()));
                    }
                }
                if (kind.subject() != Evidence.Subject.UNIT
                        && findings.find(kind, parameter.name()).isEmpty()) {
                    refused.putIfAbsent(parameter.name(), missing(kind));
                }
            }
        }
        return new OfParameters(without(parameters, refused), findings);
    }

    private static String missing(Evidence kind) {
        return switch (kind.subject()) {
            case WEIGHT ->
                kind.source() == Evidence.Source.UPDATES
                        ? "training does not move it"
                        : "it is not among the weights that can be differentiated";
            case OUTPUT -> "no BatchNormalization follows it";
            case INPUT, UNIT, STRUCTURE -> "nothing is known about it";
        };
    }

    /** Returns the names of stored tensors: of initializers, or of the outputs of Constant nodes. */
    private Map<Tensor, String> constants() {
        var names = new IdentityHashMap<Tensor, String>();
        model.graph().initializers().forEach(tensor -> names.put(tensor, tensor.name()));
        for (var node : model.graph().nodes()) {
            if (node.is("Constant")) {
                node.tensorAttribute("value").ifPresent(tensor -> names.put(tensor, node.output(0)));
            }
        }
        return names;
    }

    /** Adds what is known of weights one by one, by the constant's name. */
    private Findings ofWeights(Findings findings, Set<Evidence> needs) {
        var all = findings;
        if (isAny(needs, Evidence.Source.GRADIENTS)) {
            all = all.with(GradientEvidence.of(model, needs, data(), recipe.threads(), progress));
        }
        var updates = unknownUpdates(needs);
        if (!updates.isEmpty()) {
            all = all.with(UpdateEvidence.of(model, updates, data(), Course.SHORT, seed(), recipe.threads(), progress));
        }
        if (needs.contains(Evidence.SYNAPTIC_FLOW)) {
            progress.begin("flow");
            all = all.with(SynapticFlow.of(model, recipe.shapes(), recipe.threads()));
        }
        return all.with(learnt);
    }

    /** Returns what is needed of updates and has not been learnt by training between steps. */
    private Set<Evidence> unknownUpdates(Set<Evidence> needs) {
        return needs.stream()
                .filter(kind -> kind.source() == Evidence.Source.UPDATES
                        && !learnt.kinds().contains(kind))
                .collect(Collectors.toUnmodifiableSet());
    }

    private long seed() {
        return recipe.settings().integer("seed").orElse(0L);
    }

    private static boolean isAny(Set<Evidence> needs, Evidence.Source source) {
        return needs.stream().anyMatch(kind -> kind.source() == source);
    }

    /** Collects what is needed about groups; those about which nothing can be known are missing from the findings. */
    public Findings ofGroups(Collection<Group> groups) {
        // Widths tell the models of several steps apart.
        var names =
                groups.stream().map(group -> group.name() + ":" + group.width()).toList();
        var needs = criterion.needs(UnitKind.CHANNEL); // and of heads
        var found = kept("groups " + names + needs, () -> {
            var observed = isAny(needs, Evidence.Source.ACTIVATIONS)
                    ? ActivationEvidence.ofGroups(model, groups, needs, data(), recipe.threads(), progress)
                    : NOTHING;
            return new ActivationEvidence.Found(ofWeights(observed.findings(), needs), observed.refused());
        });
        return needs.contains(Evidence.CHANNEL_SCALE)
                ? found.findings().with(ChannelScaleEvidence.ofGroups(model, groups))
                : found.findings();
    }

    /**
     * Collects what is needed about branches.
     *
     * @throws dev.coppice.ir.BadModelException when the model does not run, or has branches of unknown rank
     */
    public Findings ofBranches(List<Branch> branches) {
        return criterion.needs(UnitKind.LAYER).contains(Evidence.CONTRIBUTION)
                ? kept("branches " + branches.stream().map(Branch::name).toList(), () -> {
                            var found =
                                    ActivationEvidence.ofBranches(model, branches, data(), recipe.threads(), progress);
                            return new ActivationEvidence.Found(found, Map.of());
                        })
                        .findings()
                : Findings.NONE;
    }

    /**
     * Collects, or takes what an earlier run of the same model, data and options has left in the run directory. Where training changes the
     * weights between steps nothing is kept.
     */
    private ActivationEvidence.Found kept(String about, Supplier<ActivationEvidence.Found> collecting) {
        if (recipe.run().isEmpty() || recipe.recovery().isPresent() || !criterion.needsData()) {
            return collecting.get();
        }
        var file = RunDirectory.at(recipe.run().get()).path().resolve("evidence.safetensors");
        var key = key(about);
        var known = EvidenceFile.read(file, key);
        if (known.isPresent()) {
            return known.get();
        }
        var found = collecting.get();
        EvidenceFile.write(file, key, found);
        return found;
    }

    private String key(String about) {
        var data = recipe.data().orElseThrow();
        var text = about
                + new TreeSet<>(criterion.needs())
                + data.spec().text()
                + data.options()
                + recipe.calibrate()
                + (isAny(criterion.needs(), Evidence.Source.UPDATES) ? " seed " + seed() : "")
                + Provenance.sha256OfModel(recipe.model())
                + DataHash.of(data.spec(), data.options());
        return Provenance.sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private CalibrationData data() {
        var data = recipe.data()
                .orElseThrow(() -> new UsageException(
                        "the criterion " + criterion.label() + " needs data to look at",
                        "give data: " + DataSpec.FORMS));
        return data.samples(model, recipe.calibrate());
    }

    private ParameterList without(ParameterList all, Map<String, String> refused) {
        var prunable = new ArrayList<Parameter>();
        var blocked = new ArrayList<>(all.blocked());
        for (var parameter : all.prunable()) {
            var reason = refused.get(parameter.name());
            if (reason == null) {
                prunable.add(parameter);
            } else {
                blocked.add(new Blocked(
                        parameter.name(),
                        parameter.node(),
                        parameter.op(),
                        criterion.label() + " cannot judge it: " + reason,
                        parameter.aliases()));
            }
        }
        return new ParameterList(prunable, blocked);
    }
}
