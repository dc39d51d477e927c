package dev.coppice.train.torch;

import static dev.coppice.train.torch.Call.scalar;
import static dev.coppice.train.torch.Lowering.one;
import static dev.coppice.train.torch.Lowering.unary;

import java.util.Map;
import java.util.function.BiFunction;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Activation functions and softmax. */
final class ActivationLowerings {

    private ActivationLowerings() {}

    static void register(Map<String, Lowering> table) {
        table.put("Relu", unary(Tensor::relu));
        table.put("Sigmoid", unary(Tensor::sigmoid));
        table.put("Softplus", unary(x -> torch.softplus(x)));
        table.put("Softsign", unary(x -> x.div(x.abs().add(scalar(1)))));
        table.put("Mish", unary(torch::mish));
        table.put("HardSwish", unary(torch::hardswish));
        table.put("HardSigmoid", one(call -> hardSigmoid(call.in(0), call.real("alpha", 0.2), call.real("beta", 0.5))));
        table.put("LeakyRelu", one(call -> torch.leaky_relu(call.in(0), scalar(call.real("alpha", 0.01)))));
        table.put("Elu", one(call -> torch.elu(call.in(0), scalar(call.real("alpha", 1)), scalar(1), scalar(1))));
        table.put("Celu", one(call -> torch.celu(call.in(0), scalar(call.real("alpha", 1)))));
        table.put("Selu", one(ActivationLowerings::selu));
        table.put("ThresholdedRelu", one(ActivationLowerings::thresholdedRelu));
        table.put("Shrink", one(ActivationLowerings::shrink));
        table.put("PRelu", one(ActivationLowerings::prelu));
        table.put("Gelu", one(call -> torch.gelu(call.in(0), call.text("approximate", "none"))));
        table.put(
                "Swish",
                one(call -> call.in(0)
                        .mul(call.in(0).mul(scalar(call.real("alpha", 1))).sigmoid())));
        table.put("Softmax", softmax(torch::softmax));
        table.put("LogSoftmax", softmax(torch::log_softmax));
    }

    private static Tensor hardSigmoid(Tensor x, double alpha, double beta) {
        return torch.hardtanh(x.mul(scalar(alpha)).add(scalar(beta)), scalar(0), scalar(1));
    }

    private static Tensor selu(Call call) {
        double alpha = call.real("alpha", 1.6732631921768188);
        double gamma = call.real("gamma", 1.0507010221481323);
        return torch.elu(call.in(0), scalar(alpha), scalar(gamma), scalar(1));
    }

    private static Tensor thresholdedRelu(Call call) {
        var x = call.in(0);
        return x.mul(torch.gt(x, scalar(call.real("alpha", 1))));
    }

    private static Tensor shrink(Call call) {
        var x = call.in(0);
        double bias = call.real("bias", 0);
        double lambda = call.real("lambd", 0.5);
        var below = x.add(scalar(bias)).mul(torch.lt(x, scalar(-lambda)));
        return below.add(x.sub(scalar(bias)).mul(torch.gt(x, scalar(lambda))))
                .to(x.scalar_type().intern());
    }

    /** The slope broadcasts to the input from the right, as everywhere in ONNX; before version 7 it was one a channel. */
    private static Tensor prelu(Call call) {
        var x = call.in(0);
        var given = call.in(1);
        var slope = call.opset() < 7 && given.dim() == 1 && given.numel() > 1
                ? given.reshape(ConvolutionLowerings.channels(given.numel(), x.dim()))
                : given;
        return x.clamp_min(scalar(0)).add(x.clamp_max(scalar(0)).mul(slope));
    }

    /** Before version 13 the axes from {@code axis} on count as one. */
    private static Lowering softmax(BiFunction<Tensor, Long, Tensor> function) {
        return one(call -> {
            var x = call.in(0);
            if (call.opset() >= 13) {
                return function.apply(x, call.integer("axis", -1));
            }
            long axis = call.axis(call.integer("axis", 1), x.dim());
            if (axis == x.dim() - 1) {
                return function.apply(x, axis);
            }
            return function.apply(x.flatten(axis, x.dim() - 1), axis).reshape(Tensors.sizes(Tensors.dims(x)));
        });
    }
}
