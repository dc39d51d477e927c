package dev.coppice.bench.throughput;

import java.util.Map;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** ResNet-20 for CIFAR-10 with shortcuts of option A (He et al. 2016, section 4.2). */
final class Resnet20Network implements Network {

    private static final long[] ONE = {1, 1};
    private static final long[] TWO = {2, 2};
    private static final long[] NONE = {0, 0};

    @Override
    public Tensor forward(Map<String, Tensor> inputs, Parameters parameters) {
        var x = Network.images(inputs); // [N,3,32,32]
        var y = activated(x, parameters, "conv1", "bn1", 1);
        for (int stage = 1; stage <= 3; stage++) {
            for (int block = 0; block < 3; block++) {
                var given = y;
                var name = "layer" + stage + "." + block + ".";
                boolean narrows = stage > 1 && block == 0;
                y = Network.part(() -> block(given, parameters, name, narrows));
            }
        }
        var features = y.mean(new long[] {2, 3}, true, new ScalarTypeOptional()).flatten(1, -1);
        return torch.linear(features, parameters.get("linear.weight"), parameters.optional("linear.bias"));
    }

    private static Tensor block(Tensor x, Parameters parameters, String name, boolean narrows) {
        var first = activated(x, parameters, name + "conv1", name + "bn1", narrows ? 2 : 1);
        var second = Network.part(() -> normalised(first, parameters, name + "conv2", name + "bn2", 1));
        return second.add(narrows ? shortcut(x) : x).relu();
    }

    /** Every second pixel, and as many zero channels as there are channels. */
    private static Tensor shortcut(Tensor x) {
        var all = new LongOptional();
        long more = x.size(1) / 2;
        var sampled = x.slice(2, all, all, 2).slice(3, all, all, 2);
        return torch.constant_pad_nd(sampled, new long[] {0, 0, 0, 0, more, more}, new Scalar(0.0));
    }

    private static Tensor activated(Tensor x, Parameters parameters, String convolution, String norm, int stride) {
        return Network.part(
                () -> normalised(x, parameters, convolution, norm, stride).relu());
    }

    private static Tensor normalised(Tensor x, Parameters parameters, String convolution, String norm, int stride) {
        var y = torch.convolution(
                x,
                parameters.get(convolution + ".weight"),
                new TensorOptional(),
                stride == 1 ? ONE : TWO,
                ONE,
                ONE,
                false,
                NONE,
                1);
        return torch.batch_norm(
                y,
                parameters.optional(norm + ".weight"),
                parameters.optional(norm + ".bias"),
                parameters.optional(norm + ".running_mean"),
                parameters.optional(norm + ".running_var"),
                true,
                0.1,
                1e-5,
                false);
    }
}
