package dev.coppice.train;

import dev.coppice.ir.BadInputException;
import dev.coppice.train.data.TrainBatch;
import dev.coppice.train.torch.Precision;
import dev.coppice.train.torch.Tensors;
import dev.coppice.train.torch.TorchGraph;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Hands a batch to a graph. */
final class Inputs {

    private Inputs() {}

    /**
     * Returns tensors over a batch's elements by the graph's input names; they belong to the scope that is open.
     *
     * @throws BadInputException when the batch lacks one
     */
    static Map<String, Tensor> of(TorchGraph graph, TrainBatch batch, Precision precision) {
        var inputs = new LinkedHashMap<String, Tensor>();
        for (var name : graph.inputs()) {
            var given = batch.inputs().get(name);
            if (given == null) {
                throw new BadInputException(
                        "the data has nothing for the input " + name, "give data that fits the model");
            }
            inputs.put(name, Tensors.shared(given, precision));
        }
        return inputs;
    }
}
