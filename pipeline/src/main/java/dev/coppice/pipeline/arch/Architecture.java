package dev.coppice.pipeline.arch;

import dev.coppice.ir.DType;
import dev.coppice.ir.Model;
import dev.coppice.ir.UsageException;
import java.util.HashSet;

/** A classic network for small images that can be built for any input size, number of classes and seed. */
public abstract sealed class Architecture permits Lenet300, Lenet5, Vgg16, CifarResnet {

    /** The names that {@link #parse} knows, for messages and help. */
    public static final String NAMES = "lenet300 | lenet5 | vgg | resnetN (N = 6n+2, such as resnet20)";

    private static final int MOST_CLASSES = 1 << 20;

    Architecture() {}

    /**
     * Finds an architecture by its name.
     *
     * @throws UsageException for an unknown one
     */
    public static Architecture parse(String name) {
        return switch (name) {
            case "lenet300" -> new Lenet300();
            case "lenet5" -> new Lenet5();
            case "vgg" -> new Vgg16();
            default -> {
                if (name.startsWith("resnet")) {
                    yield CifarResnet.ofDepth(name.substring("resnet".length()));
                }
                throw new UsageException("there is no architecture '" + name + "'", "known are " + NAMES);
            }
        };
    }

    /** Returns the name that {@link #parse} knows. */
    public abstract String name();

    /** Returns the input size of the data that the architecture was published with. */
    public abstract ImageSize defaultInput();

    abstract Model assemble(Network network, int classes);

    /**
     * Builds the model with fresh weights: biases are zero, BatchNorms the identity.
     *
     * @throws UsageException when there are less than two classes, or the images are too small for the network
     */
    public final Model build(ImageSize input, int classes, long seed) {
        if (classes < 2 || classes > MOST_CLASSES) {
            throw new UsageException(classes + " classes", "give a number from 2 to " + MOST_CLASSES);
        }
        return assemble(new Network(name(), input, seed), classes);
    }

    /** Counts the numbers that training changes: all weights but the running statistics of BatchNorms. */
    public static long trainable(Model model) {
        var statistics = new HashSet<String>();
        for (var node : model.graph().nodes()) {
            if (node.is("BatchNormalization")) {
                statistics.add(node.input(3));
                statistics.add(node.input(4));
            }
        }
        return model.graph().initializers().stream()
                .filter(tensor -> tensor.type() == DType.FLOAT && !statistics.contains(tensor.name()))
                .mapToLong(tensor -> tensor.size())
                .sum();
    }
}
