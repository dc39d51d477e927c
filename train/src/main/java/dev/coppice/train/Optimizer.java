package dev.coppice.train;

import dev.coppice.ir.UsageException;

/** How a step follows from the gradient. */
public sealed interface Optimizer {

    /** Returns the weight decay, which concerns matrices only; biases and normalisations are spared. */
    double weightDecay();

    /**
     * Stochastic gradient descent with momentum (Sutskever et al. 2013).
     *
     * @param momentum 0 for none
     * @param nesterov whether to look ahead
     */
    record Sgd(double momentum, boolean nesterov, double weightDecay) implements Optimizer {
        public Sgd {
            requireShare("momentum", momentum);
            requireDecay(weightDecay);
        }
    }

    /** Adam with decoupled weight decay (Loshchilov & Hutter 2019, algorithm 2). */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
        public AdamW {
            requireShare("beta1", beta1);
            requireShare("beta2", beta2);
            requireDecay(weightDecay);
        }
    }

    /** Returns SGD with Nesterov momentum .9. */
    static Sgd sgd(double weightDecay) {
        return new Sgd(0.9, true, weightDecay);
    }

    /** Returns AdamW with the usual constants for fine-tuning. */
    static AdamW adamW(double weightDecay) {
        return new AdamW(0.9, 0.98, 1e-8, weightDecay);
    }

    /** Reads {@code sgd} or {@code adamw}. */
    static Optimizer named(String name, double weightDecay) {
        return switch (name) {
            case "sgd" -> sgd(weightDecay);
            case "adamw" -> adamW(weightDecay);
            default -> throw new UsageException("unknown optimizer '" + name + "'", "choose sgd or adamw");
        };
    }

    private static void requireShare(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new UsageException(name + " is " + value, "give a number from 0 to below 1");
        }
    }

    private static void requireDecay(double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new UsageException("a weight decay of " + value, "give 0 or a small positive number");
        }
    }
}
