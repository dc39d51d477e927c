package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.ir.ValueInfo;
import dev.coppice.ir.rules.DropUnused;
import dev.coppice.ir.shape.ShapeInference;
import dev.coppice.pipeline.data.Batch;
import dev.coppice.pipeline.measure.ModelOpener;
import dev.coppice.runtime.ort.HostTensor;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** A model whose outputs are values inside it, open in ONNX Runtime; what these values do not need is not computed. */
final class Tapped implements AutoCloseable {

    private final OrtModel model;
    private final Set<String> inputs;

    private Tapped(OrtModel model, Set<String> inputs) {
        this.model = model;
        this.inputs = inputs;
    }

    /** Opens a model to observe some of its values; throws {@link dev.coppice.ir.BadModelException} when it does not run. */
    static Tapped open(Model model, Collection<String> values, int threads) {
        var shapes = ShapeInference.infer(model);
        var outputs = new ArrayList<ValueInfo>();
        for (var value : new LinkedHashSet<>(values)) {
            var type = shapes.type(value).orElse(dev.coppice.ir.DType.FLOAT);
            outputs.add(ValueInfo.of(value, type, shapes.shape(value).orElse(null)));
        }
        var graph = model.graph();
        var tapped = DropUnused.apply(graph.withOutputs(outputs));
        var open = ModelOpener.open(
                model.withGraph(tapped), "the model", OrtOptions.defaults().withThreads(threads));
        var names = new LinkedHashSet<String>();
        open.inputs().forEach(input -> names.add(input.name()));
        return new Tapped(open, names);
    }

    /** Returns the values for a batch. */
    Map<String, HostTensor> run(Batch batch) {
        return run(batch.inputs());
    }

    /** Returns the values for these inputs, of which there may be more than the model has. */
    Map<String, HostTensor> run(Map<String, HostTensor> tensors) {
        var fed = new HashMap<>(tensors);
        fed.keySet().retainAll(inputs);
        return model.run(fed);
    }

    @Override
    public void close() {
        model.close();
    }
}
