package dev.coppice.bench.recovery;

import static dev.coppice.bench.recovery.Case.settings;
import static dev.coppice.bench.recovery.Case.with;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The LeNets on MNIST: trained from scratch, then pruned in three ways at several sparsities, three seeds each. What is fine-tuned at
 * once and what is pruned step by step gets the same number of epochs.
 */
final class LenetCases {

    private static final List<Double> SPARSITIES = List.of(0.5, 0.8, 0.9, 0.95, 0.98);

    /**
     * How long things take for one of the networks.
     *
     * @param train epochs of the dense model
     * @param steps of iterative pruning, an epoch after each
     * @param far what goes as far as the compression that is promised
     */
    private record Plan(String network, double train, int steps, double rate, List<Far> far) {}

    /** A sparsity, the number of steps to it, and the epochs after each. */
    private record Far(double sparsity, int steps, int epochs) {}

    private LenetCases() {}

    static List<Case> all(Path data, Path models) {
        var cases = new ArrayList<Case>();
        for (int seed = 1; seed <= 3; seed++) {
            add(
                    cases,
                    new Plan("lenet300", 20, 5, 0.1, List.of(new Far(0.92, 2, 10), new Far(0.982, 10, 5))),
                    seed,
                    data,
                    models);
        }
        for (int seed = 1; seed <= 3; seed++) {
            add(
                    cases,
                    new Plan("lenet5", 5, 2, 0.05, List.of(new Far(0.92, 3, 3), new Far(0.9914, 10, 3))),
                    seed,
                    data,
                    models);
        }
        return cases;
    }

    private static void add(List<Case> cases, Plan plan, int seed, Path data, Path models) {
        var train = settings("data", idx(data, "train"), "batch", 128, "seed", seed, "mean", "0.1307", "std", "0.3081");
        var test = settings("data", idx(data, "t10k"), "mean", "0.1307", "std", "0.3081");
        var name = plan.network() + "/seed" + seed;
        var dense = models.resolve(name + "/dense.onnx").toString();
        var start = models.resolve(name + "/initial.onnx").toString();
        cases.add(new Case(
                name + "/dense",
                with(train, "model", start, "new", plan.network(), "epochs", plan.train(), "lr", plan.rate()),
                test,
                plan.network().equals("lenet300") ? 0.982 : 0.99));
        for (double sparsity : SPARSITIES) {
            var cut = with(train, "model", dense, "sparsity", sparsity, "allocate", "lamp");
            cases.add(new Case(name + "/prune/" + sparsity, bare(cut), test, Double.NaN));
            cases.add(new Case(
                    name + "/one-shot/" + sparsity,
                    with(cut, "fine-tune", plan.steps(), "lr", plan.rate()),
                    test,
                    Double.NaN));
            cases.add(new Case(
                    name + "/iterative/" + sparsity,
                    with(cut, "schedule", "geometric", "steps", plan.steps(), "fine-tune", 1, "lr", plan.rate()),
                    test,
                    Double.NaN));
        }
        for (var far : plan.far()) {
            var cut = with(train, "model", dense, "sparsity", far.sparsity(), "allocate", "lamp");
            var steps = with(cut, "schedule", "geometric", "steps", far.steps(), "fine-tune", far.epochs());
            cases.add(new Case(name + "/far/" + far.sparsity(), with(steps, "lr", plan.rate()), test, Double.NaN));
        }
    }

    /** Returns the settings without those that are for training only. */
    private static Map<String, Object> bare(Map<String, Object> settings) {
        var bare = with(settings);
        bare.keySet().removeAll(List.of("data", "batch", "mean", "std"));
        return bare;
    }

    private static String idx(Path data, String part) {
        return "idx:%s,%s"
                .formatted(
                        data.resolve("mnist/" + part + "-images-idx3-ubyte"),
                        data.resolve("mnist/" + part + "-labels-idx1-ubyte"));
    }
}
