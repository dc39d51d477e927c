package dev.coppice.pipeline.recover;

import dev.coppice.pipeline.data.spec.DataSpec;
import dev.coppice.train.Optimizer;

/** Chooses what a {@link Recovery} leaves open: what usually works for the kind of data. */
final class Defaults {

    private Defaults() {}

    /** Returns samples of a batch. */
    static int batchSize(DataSpec data) {
        return switch (data) {
            case DataSpec.Samples _, DataSpec.Npz _ -> 64;
            case DataSpec.Texts _ -> 32;
            case DataSpec.Tokens _ -> 4;
        };
    }

    /** Convolutional and small networks learn best by momentum, transformers by Adam. */
    static Optimizer optimizer(DataSpec data, Recovery.Optimization given) {
        var name = given.optimizer().orElse(transformer(data) ? "adamw" : "sgd");
        double decay = given.weightDecay().orElse(name.equals("adamw") ? 0.01 : 5e-4);
        return Optimizer.named(name, decay);
    }

    /** A constant rate stays small; a peak may be ten times as high. */
    static double rate(Optimizer optimizer, Recovery recovery) {
        boolean constant = recovery.course().schedule().equals(Retrain.CONSTANT.schedule());
        double peak = optimizer instanceof Optimizer.AdamW ? 5e-4 : 0.05;
        return recovery.course().rate().orElse(constant ? peak / 10 : peak);
    }

    static double clip(DataSpec data, Recovery.Optimization given) {
        return given.clip().orElse(transformer(data) ? 1 : 0);
    }

    private static boolean transformer(DataSpec data) {
        return data instanceof DataSpec.Texts || data instanceof DataSpec.Tokens;
    }
}
