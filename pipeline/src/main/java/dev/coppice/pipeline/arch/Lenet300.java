package dev.coppice.pipeline.arch;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.arch.InitialWeights.Init;

/**
 * LeNet-300-100: two hidden layers of 300 and 100 units (LeCun et al., "Gradient-Based Learning Applied to Document
 * Recognition", 1998); 266,610 parameters on MNIST.
 */
final class Lenet300 extends Architecture {

    @Override
    public String name() {
        return "lenet300";
    }

    @Override
    public ImageSize defaultInput() {
        return new ImageSize(1, 28, 28);
    }

    @Override
    Model assemble(Network network, int classes) {
        var pixels = network.flatten("flatten", network.input());
        var first = network.relu("relu1", network.dense("fc1", pixels, 300, Init.KAIMING));
        var second = network.relu("relu2", network.dense("fc2", first, 100, Init.KAIMING));
        return network.classify("fc3", second, classes);
    }
}
