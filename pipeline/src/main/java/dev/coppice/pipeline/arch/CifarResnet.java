package dev.coppice.pipeline.arch;

import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.arch.Network.Value;
import dev.coppice.pipeline.arch.Network.Window;

/**
 * The residual networks for CIFAR of He et al. ("Deep Residual Learning for Image Recognition", 2016, section 4.2): three stages of n
 * blocks, 6n + 2 layers. Shortcuts have no parameters (option A): where a stage begins they take every second pixel and append
 * channels of zeros. ResNet-20 has 269,722 parameters.
 */
final class CifarResnet extends Architecture {

    private static final int STAGES = 3;
    private static final int FIRST_WIDTH = 16;
    /** The deepest one of the paper. */
    private static final int DEEPEST = 1202;

    private final int blocks;

    private CifarResnet(int blocks) {
        this.blocks = blocks;
    }

    /** Reads the number of layers. */
    static CifarResnet ofDepth(String text) {
        try {
            int depth = Integer.parseInt(text);
            if (depth >= 8 && depth <= DEEPEST && depth % 6 == 2) {
                return new CifarResnet((depth - 2) / 6);
            }
        } catch (NumberFormatException e) {
            throw new UsageException("there is no architecture 'resnet" + text + "'", "known are " + NAMES, e);
        }
        throw new UsageException(
                "there is no architecture 'resnet" + text + "': residual networks for CIFAR have 6n + 2 layers",
                "resnet8, resnet14, resnet20, resnet32, resnet44, resnet56, resnet110 are such; known are " + NAMES);
    }

    @Override
    public String name() {
        return "resnet" + (6 * blocks + 2);
    }

    @Override
    public ImageSize defaultInput() {
        return new ImageSize(3, 32, 32);
    }

    @Override
    Model assemble(Network network, int classes) {
        var stem = network.convWithNorm("conv1", "bn1", network.input(), FIRST_WIDTH, new Window(3, 1, 1));
        var value = network.relu("relu1", stem);
        for (int stage = 0; stage < STAGES; stage++) {
            for (int i = 0; i < blocks; i++) {
                int stride = stage > 0 && i == 0 ? 2 : 1;
                value = block(network, "layer" + (stage + 1) + "." + i, value, FIRST_WIDTH << stage, stride);
            }
        }
        var pooled = network.globalAveragePool("average", value);
        return network.classify("fc", network.flatten("flatten", pooled), classes);
    }

    private static Value block(Network network, String name, Value in, int width, int stride) {
        var first = network.convWithNorm(name + ".conv1", name + ".bn1", in, width, new Window(3, stride, 1));
        var second = network.convWithNorm(
                name + ".conv2", name + ".bn2", network.relu(name + ".relu1", first), width, new Window(3, 1, 1));
        var shortcut = stride == 1 ? in : network.halvedAndPadded(name + ".shortcut", in, width);
        return network.relu(name + ".relu2", network.sum(name + ".add", second, shortcut));
    }
}
