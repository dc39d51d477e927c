package dev.coppice.pipeline.arch;

import dev.coppice.ir.Model;
import dev.coppice.pipeline.arch.Network.Window;
import java.util.List;

/**
 * VGG-16 for CIFAR: the thirteen convolutions of Simonyan and Zisserman (2015, configuration D) with BatchNorm, and one
 * classifier on the 512 features that are left, as in Liu et al. 2017. Images beyond 32 x 32 are averaged to 512 features.
 */
final class Vgg16 extends Architecture {

    /** The filters of each convolution; a maximum pooling follows each row. */
    private static final List<List<Integer>> WIDTHS = List.of(
            List.of(64, 64), List.of(128, 128), List.of(256, 256, 256), List.of(512, 512, 512), List.of(512, 512, 512));

    @Override
    public String name() {
        return "vgg";
    }

    @Override
    public ImageSize defaultInput() {
        return new ImageSize(3, 32, 32);
    }

    @Override
    Model assemble(Network network, int classes) {
        var window = new Window(3, 1, 1);
        var value = network.input();
        for (int stage = 0; stage < WIDTHS.size(); stage++) {
            var widths = WIDTHS.get(stage);
            for (int i = 0; i < widths.size(); i++) {
                var place = (stage + 1) + "_" + (i + 1);
                value = network.convWithNorm("conv" + place, "bn" + place, value, widths.get(i), window);
                value = network.relu("relu" + place, value);
            }
            value = network.maxPool("pool" + (stage + 1), value);
        }
        var pooled = network.globalAveragePool("average", value);
        return network.classify("fc", network.flatten("flatten", pooled), classes);
    }
}
