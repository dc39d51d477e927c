package dev.coppice.bench.recovery;

import static dev.coppice.bench.recovery.Case.settings;
import static dev.coppice.bench.recovery.Case.with;

import dev.coppice.pipeline.recover.Retrain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The ways to retrain of Le & Hua 2021 on one model at one sparsity: random masks and a good schedule against L1 and a small rate. */
final class RetrainingCases {

    private RetrainingCases() {}

    static List<Case> all(Path data, Path models) {
        var cases = new ArrayList<Case>();
        for (int seed = 1; seed <= 3; seed++) {
            for (var criterion : List.of("l1", "random")) {
                for (var retrain : Retrain.values()) {
                    var dense = models.resolve("lenet300/seed" + seed + "/dense.onnx");
                    var train = settings(
                            "model",
                            dense.toString(),
                            "data",
                            "idx:%s,%s"
                                    .formatted(
                                            data.resolve("mnist/train-images-idx3-ubyte"),
                                            data.resolve("mnist/train-labels-idx1-ubyte")),
                            "batch",
                            128,
                            "seed",
                            seed,
                            "mean",
                            "0.1307",
                            "std",
                            "0.3081",
                            "criterion",
                            criterion,
                            "sparsity",
                            0.9,
                            "fine-tune",
                            5,
                            "retrain",
                            retrain.label(),
                            "lr",
                            retrain == Retrain.CONSTANT ? 0.001 : 0.1);
                    var test = settings(
                            "data",
                            "idx:%s,%s"
                                    .formatted(
                                            data.resolve("mnist/t10k-images-idx3-ubyte"),
                                            data.resolve("mnist/t10k-labels-idx1-ubyte")),
                            "mean",
                            "0.1307",
                            "std",
                            "0.3081");
                    var rewound = retrain == Retrain.WEIGHT_REWIND
                            ? with(
                                    train,
                                    "rewind-to",
                                    models.resolve("lenet300/seed" + seed + "/initial.onnx")
                                            .toString())
                            : train;
                    cases.add(new Case(
                            "retrain/seed" + seed + "/" + criterion + "/" + retrain.label(),
                            rewound,
                            test,
                            Double.NaN));
                }
            }
        }
        return cases;
    }
}
