package dev.coppice.pipeline.arch;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.arch.InitialWeights.Init;
import dev.coppice.pipeline.arch.Network.Window;

/**
 * LeNet-5 in Caffe's form, the one that papers on pruning use (Han et al. 2015; Guo et al. 2016): 431,080 parameters on MNIST.
 * Its convolutions have no activation but the pooling, so they are drawn as linear layers, as Caffe does.
 */
final class Lenet5 extends Architecture {

    @Override
    public String name() {
        return "lenet5";
    }

    @Override
    public ImageSize defaultInput() {
        return new ImageSize(1, 28, 28);
    }

    @Override
    Model assemble(Network network, int classes) {
        var window = new Window(5, 1, 0);
        var first = network.maxPool("pool1", network.convWithBias("conv1", network.input(), 20, window, Init.XAVIER));
        var second = network.maxPool("pool2", network.convWithBias("conv2", first, 50, window, Init.XAVIER));
        var features = network.flatten("flatten", second);
        var hidden = network.relu("relu1", network.dense("fc1", features, 500, Init.KAIMING));
        return network.classify("fc2", hidden, classes);
    }
}
