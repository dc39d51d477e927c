package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;
import static dev.coppice.train.torch.Lowering.unary;

import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** The fused operators that ONNX Runtime's optimizer puts into transformers. */
final class FusedLowerings {

    private static final String DOMAIN = "com.microsoft.";

    private FusedLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put(DOMAIN + "Gelu", unary(x -> torch.gelu(x, "none")));
        table.put(DOMAIN + "QuickGelu", one(call -> quick(call.in(0), call.real("alpha", 1.702))));
        table.put(DOMAIN + "BiasGelu", one(call -> torch.gelu(call.in(0).add(call.in(1)), "none")));
        table.put(DOMAIN + "FastGelu", one(FusedLowerings::fastGelu));
        table.put(DOMAIN + "FusedMatMul", one(FusedLowerings::product));
        table.put(DOMAIN + "SkipLayerNormalization", FusedLowerings::skipLayerNorm);
    }

    private static Tensor quick(Tensor x, double alpha) {
        return x.mul(x.mul(scalar(alpha)).sigmoid());
    }

    private static Tensor fastGelu(Call call) {
        return torch.gelu(call.has(1) ? call.in(0).add(call.in(1)) : call.in(0), "tanh");
    }

    private static Tensor product(Call call) {
        if (call.flag("transBatchA") || call.flag("transBatchB")) {
            throw new Lowering.Refusal("transposed batches");
        }
        var a = call.flag("transA") ? call.in(0).transpose(-2, -1) : call.in(0);
        var b = call.flag("transB") ? call.in(1).transpose(-2, -1) : call.in(1);
        double alpha = call.real("alpha", 1);
        return alpha == 1 ? a.matmul(b) : a.matmul(b).mul(scalar(alpha));
    }

    /** Inputs: x, skip, gamma, beta, bias; outputs: y, mean, deviation (both of training, never made), the sum. */
    private static List<Tensor> skipLayerNorm(Call call) {
        var outputs = call.node().outputs();
        for (int i = 1; i < Math.min(3, outputs.size()); i++) {
            if (!outputs.get(i).isEmpty()) {
                throw new Lowering.Refusal("the mean and the deviation are not made");
            }
        }
        var sum = call.in(0).add(call.in(1));
        if (call.has(4)) {
            sum = sum.add(call.in(4));
        }
        var beta = call.has(3) ? call.optional(3) : new TensorOptional();
        double epsilon = call.real("epsilon", 1e-12);
        var y = torch.layer_norm(sum, new long[] {sum.size(-1)}, call.optional(2), beta, epsilon, false);
        return List.of(y, y, y, sum);
    }
}
