package dev.coppice.train.torch;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Graph;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.eval.ConstantEvaluator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The constant values of a graph by name, be they initializers or outputs of Constant nodes. */
final class Constants {

    private Constants() {}

    static Map<String, Tensor> of(Graph graph) {
        if (!graph.sparseInitializers().isEmpty()) {
            throw new BadModelException(
                    "the model has sparse initializers, which cannot be trained", "train the dense model");
        }
        var constants = new LinkedHashMap<String, Tensor>();
        for (var tensor : graph.initializers()) {
            constants.put(tensor.name(), tensor);
        }
        for (var node : graph.nodes()) {
            if (node.is("Constant")) {
                constants.put(node.output(0), value(node));
            }
        }
        return constants;
    }

    private static Tensor value(Node node) {
        return node.tensorAttribute("value")
                .or(() -> ConstantEvaluator.evaluate(node, List.of()).stream()
                        .flatMap(List::stream)
                        .filter(tensor -> tensor.type() != DType.STRING)
                        .findFirst())
                .orElseThrow(() -> new BadModelException(
                        "the constant " + node.label() + " has no dense value",
                        "strings and sparse constants cannot be computed with"));
    }
}
