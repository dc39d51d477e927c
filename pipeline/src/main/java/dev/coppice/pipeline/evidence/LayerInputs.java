package dev.coppice.pipeline.evidence;

import dev.coppice.ir.Model;
import dev.coppice.ir.layer.LinearLayer;
import dev.coppice.ir.layer.StorageOrder;
import dev.coppice.ir.layer.WeightOperator;
import dev.coppice.ir.weight.WeightResolver;
import dev.coppice.prune.Parameter;
import java.util.List;
import java.util.Optional;

/** Finds the values that weights are multiplied with. */
final class LayerInputs {

    private final List<LinearLayer> layers;

    LayerInputs(Model model) {
        var resolver = WeightResolver.of(model.graph());
        layers = model.graph().nodes().stream()
                .flatMap(node -> LinearLayer.of(node, resolver).stream())
                .toList();
    }

    /** Returns the layers of the main graph that multiply with a parameter. */
    List<LinearLayer> uses(Parameter parameter) {
        var order = StorageOrder.of(parameter.matrix().weight());
        return layers.stream()
                .filter(layer -> StorageOrder.of(layer.weight()).holdsTheSameAs(order))
                .toList();
    }

    /** Returns why the inputs of a layer cannot be observed; empty when they can. */
    static Optional<String> obstacle(LinearLayer layer) {
        return switch (layer.operator()) {
            case LSTM, GRU, RNN ->
                layer.operand() == 1
                        ? Optional.empty()
                        : Optional.of("it multiplies the states inside a recurrent layer, which cannot be observed");
            case MAT_MUL ->
                layer.weight().dims().size() == 2
                        ? Optional.empty()
                        : Optional.of("it is a batch of matrices, each with inputs of its own");
            case CONV, CONV_TRANSPOSE, GEMM -> Optional.empty();
        };
    }

    /** Returns the axis of a value that a layer sums over. */
    static Watch input(LinearLayer layer) {
        var kernel = layer.operator() == WeightOperator.CONV
                ? Optional.of(Watch.Kernel.of(layer.node(), layer.weight().dims()))
                : Optional.<Watch.Kernel>empty();
        return new Watch(layer.data(), layer.dataAxis(), kernel);
    }
}
