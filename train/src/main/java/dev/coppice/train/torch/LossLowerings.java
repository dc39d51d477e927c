package dev.coppice.train.torch;

import static dev.coppice.train.torch.Lowering.one;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Losses that a graph brings along itself. */
final class LossLowerings {

    /** libtorch's default for an index that counts for nothing. */
    private static final long NOTHING = -100;

    private LossLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("NegativeLogLikelihoodLoss", one(call -> likelihood(call, call.in(0))));
        table.put("SoftmaxCrossEntropyLoss", LossLowerings::crossEntropy);
    }

    private static List<Tensor> crossEntropy(Call call) {
        var logarithms = torch.log_softmax(call.in(0), 1);
        return List.of(likelihood(call, logarithms), logarithms);
    }

    private static Tensor likelihood(Call call, Tensor logarithms) {
        // [N, C, d...] and [N, d...]: libtorch takes any number of trailing axes as one.
        var target = call.in(1).to(torch.ScalarType.Long);
        var x = logarithms.dim() <= 4 ? logarithms : logarithms.reshape(logarithms.size(0), logarithms.size(1), -1);
        var y = logarithms.dim() <= 4 ? target : target.reshape(target.size(0), -1);
        var reduction = call.text("reduction", "mean");
        long code = switch (reduction) {
            case "none" -> 0;
            case "mean" -> 1;
            case "sum" -> 2;
            default -> throw new Lowering.Refusal("the reduction " + reduction);
        };
        var weight = call.has(2) ? call.optional(2) : new TensorOptional();
        var loss = torch.nll_loss_nd(x, y, weight, code, call.integer("ignore_index", NOTHING));
        return code == 0 ? loss.reshape(Tensors.sizes(Tensors.dims(target))) : loss;
    }
}
