package dev.coppice.pipeline.sensitivity;

import dev.coppice.ir.Model;
import dev.coppice.ir.host.Parallel;
import dev.coppice.pipeline.gather.EvidenceCollector;
import dev.coppice.prune.Apply;
import dev.coppice.prune.Parameter;
import dev.coppice.prune.ParameterList;
import dev.coppice.prune.Planner;
import dev.coppice.prune.PruneRequest;
import dev.coppice.prune.allocate.Allocation;
import dev.coppice.prune.allocate.Budget;
import dev.coppice.prune.pattern.Pattern;
import dev.coppice.prune.score.Findings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The weights of a model, each masked alone. */
final class WeightLayers implements Layers {

    private final Model model;
    private final Findings findings;
    private final PruneRequest request;
    private final List<Layer> list;
    private final Map<String, Parameter> parameters = new HashMap<>();

    /** @param request whose criterion and pattern are used */
    WeightLayers(Model model, EvidenceCollector.OfParameters known, PruneRequest request) {
        this.model = model;
        this.findings = known.findings();
        this.request = request;
        var prunable = known.parameters().prunable();
        prunable.forEach(parameter -> parameters.put(parameter.name(), parameter));
        this.list = prunable.stream().map(this::layer).toList();
    }

    private Layer layer(Parameter parameter) {
        var pattern = request.pattern();
        return new Layer(
                parameter.name(),
                parameter.node(),
                pattern.unit(),
                pattern.grid(parameter.matrix()).units(),
                parameter.size());
    }

    @Override
    public List<Layer> list() {
        return list;
    }

    @Override
    public Variant prune(Layer layer, double sparsity) {
        var alone = new ParameterList(List.of(Objects.requireNonNull(parameters.get(layer.name()))), List.of());
        var budget = request.pattern() instanceof Pattern.NofM ? new Budget.OfPattern() : new Budget.Sparsity(sparsity);
        var planned = Planner.plan(
                alone,
                new PruneRequest(
                        request.criterion(),
                        request.pattern(),
                        request.allocation() == Allocation.ROW_UNIFORM ? Allocation.ROW_UNIFORM : Allocation.UNIFORM,
                        budget,
                        List.of(),
                        request.seed()),
                findings,
                Parallel.ONE);
        return new Variant(
                Apply.apply(model, alone, planned, Parallel.ONE),
                planned.plan().entries().getFirst().unitsToPrune());
    }
}
