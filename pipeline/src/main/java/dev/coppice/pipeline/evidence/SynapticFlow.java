package dev.coppice.pipeline.evidence;

import dev.coppice.ir.BadModelException;
import dev.coppice.ir.DType;
import dev.coppice.ir.Elements;
import dev.coppice.ir.Model;
import dev.coppice.ir.Node;
import dev.coppice.ir.Tensor;
import dev.coppice.ir.TensorData;
import dev.coppice.ir.ValueInfo;
import dev.coppice.pipeline.data.ModelInputs;
import dev.coppice.pipeline.measure.CustomaryShapes;
import dev.coppice.prune.score.Evidence;
import dev.coppice.prune.score.Findings;
import dev.coppice.prune.score.Values;
import dev.coppice.train.Gradients;
import dev.coppice.train.Loss;
import dev.coppice.train.data.TrainBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How much of what flows through a network flows through each weight (Tanaka et al. 2020, section 5): the gradient of the sum of outputs of the
 * network with the magnitudes of its weights, without biases, fed with ones. It takes no data.
 */
public final class SynapticFlow {

    private SynapticFlow() {}

    /**
     * Differentiates the flow once.
     *
     * @throws dev.coppice.ir.BadModelException when an operator cannot be differentiated
     */
    public static Findings of(Model model, Map<String, List<Long>> shapes, int threads) {
        var spec = new Gradients.Spec(
                List.of(new Loss.Weighted(1, new Loss.OutputSum())), false, false, Set.of(Gradients.Sum.GRADIENT));
        try (var gradients = new Gradients(linear(model), Optional.empty(), spec, threads)) {
            gradients.add(ones(model, shapes));
            var flow = GradientEvidence.means(gradients, Gradients.Sum.GRADIENT);
            flow.forEach(SynapticFlow::requirePositive);
            return Findings.NONE.with(Evidence.SYNAPTIC_FLOW, flow);
        }
    }

    /** What normalises its inputs, as LayerNormalization and Softmax do, takes from one what it gives to another. */
    private static void requirePositive(String weight, Values values) {
        for (float gradient : ((Values.Elements) values).numbers()) {
            if (!(gradient >= 0 && gradient <= Float.MAX_VALUE)) {
                throw new BadModelException(
                        "what flows through " + weight + " is " + gradient + " for one of its weights",
                        "synflow is for networks whose flow is positive: of convolutions, products, ReLU and pooling, not of"
                                + " LayerNormalization or Softmax; choose another criterion");
            }
        }
    }

    /** Returns the model with magnitudes for weights, and zeros for what is only added. */
    private static Model linear(Model model) {
        var added = new HashSet<String>();
        var zero = Collections.newSetFromMap(new IdentityHashMap<Tensor, Boolean>());
        for (var node : model.graph().nodes()) {
            addends(node).forEach(added::add);
        }
        model.graph().initializers().stream()
                .filter(tensor -> added.contains(tensor.name()))
                .forEach(zero::add);
        model.graph().nodes().stream()
                .filter(node -> node.is("Constant") && added.contains(node.output(0)))
                .forEach(node -> node.tensorAttribute("value").ifPresent(zero::add));
        return model.mapTensors(tensor -> flowing(tensor, zero.contains(tensor)));
    }

    private static List<String> addends(Node node) {
        return switch (node.opType()) {
            case "Conv", "ConvTranspose", "Gemm", "LayerNormalization" -> List.of(node.input(2));
            case "BatchNormalization" -> List.of(node.input(2), node.input(3));
            case "Add" -> node.inputs();
            default -> List.of();
        };
    }

    private static Tensor flowing(Tensor tensor, boolean added) {
        boolean weight = (tensor.type() == DType.FLOAT || tensor.type() == DType.DOUBLE) && tensor.size() > 1;
        if (!weight || (!added && tensor.dims().size() < 2)) {
            return tensor;
        }
        int count = Math.toIntExact(tensor.size());
        var values = new double[count];
        Elements.doubles(tensor, 0, values, count);
        for (int i = 0; i < count; i++) {
            values[i] = added ? 0 : Math.abs(values[i]);
        }
        return tensor.withData(new TensorData.Bytes(bytes(tensor.type(), values)));
    }

    private static MemorySegment bytes(DType type, double... values) {
        var bytes = Arena.ofAuto().allocate(Math.max(1, type.bytes(values.length)), 8);
        for (int i = 0; i < values.length; i++) {
            switch (type) {
                case FLOAT -> bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
                case DOUBLE -> bytes.setAtIndex(ValueLayout.JAVA_DOUBLE, i, values[i]);
                case INT64 -> bytes.setAtIndex(ValueLayout.JAVA_LONG, i, (long) values[i]);
                case INT32 -> bytes.setAtIndex(ValueLayout.JAVA_INT, i, (int) values[i]);
                case BOOL -> bytes.set(ValueLayout.JAVA_BYTE, i, (byte) values[i]);
                default ->
                    throw new BadModelException(
                            "an input of type " + type, "synaptic flow feeds ones to floats, integers and booleans");
            }
        }
        return bytes.asSlice(0, type.bytes(values.length));
    }

    private static TrainBatch ones(Model model, Map<String, List<Long>> given) {
        var inputs = ModelInputs.of(model);
        var shapes = CustomaryShapes.of(inputs, given);
        var tensors = new LinkedHashMap<String, Tensor>();
        for (ValueInfo input : inputs) {
            var dims = shapes.getOrDefault(input.name(), List.of());
            var ones = new double[Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact))];
            Arrays.fill(ones, 1);
            var type = input.type() == null ? DType.FLOAT : input.type();
            tensors.put(input.name(), Tensor.of(input.name(), type, dims, new TensorData.Bytes(bytes(type, ones))));
        }
        return new TrainBatch(tensors, 1, Optional.empty());
    }
}
