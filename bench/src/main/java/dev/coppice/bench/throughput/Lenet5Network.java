package dev.coppice.bench.throughput;

import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** LeNet-5 in Caffe's form. */
final class Lenet5Network implements Network {

    private static final long[] ONE = {1, 1};
    private static final long[] TWO = {2, 2};
    private static final long[] NONE = {0, 0};

    @Override
    public Tensor forward(Map<String, Tensor> inputs, Parameters parameters) {
        var x = Network.images(inputs); // [N,1,28,28]
        var first = Network.part(() -> pool(convolution(x, parameters, "conv1")));
        var second = Network.part(() -> pool(convolution(first, parameters, "conv2")));
        var features = second.flatten(1, -1);
        var hidden = torch.linear(features, parameters.get("fc1.weight"), parameters.optional("fc1.bias"))
                .relu();
        return torch.linear(hidden, parameters.get("fc2.weight"), parameters.optional("fc2.bias"));
    }

    private static Tensor convolution(Tensor x, Parameters parameters, String layer) {
        return torch.convolution(
                x,
                parameters.get(layer + ".weight"),
                parameters.optional(layer + ".bias"),
                ONE,
                NONE,
                ONE,
                false,
                NONE,
                1);
    }

    private static Tensor pool(Tensor x) {
        return torch.max_pool2d(x, TWO, TWO, NONE, ONE, false);
    }
}
