package dev.coppice.bench.recovery;

import static dev.coppice.bench.recovery.Case.settings;
import static dev.coppice.bench.recovery.Case.with;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Pretrained networks on real data: the dense model is the only teacher. */
final class PretrainedCases {

    private PretrainedCases() {}

    static List<Case> all(Path data, Path shared) {
        var cases = new ArrayList<Case>();
        resnet(cases, data, shared);
        minilm(cases, data, shared);
        efficientnet(cases, shared);
        return cases;
    }

    private static void resnet(List<Case> cases, Path data, Path shared) {
        var pixels = settings(
                "data", "cifar10:" + data.resolve("cifar10"), "mean", "0.485,0.456,0.406", "std", "0.229,0.224,0.225");
        var train = with(
                pixels,
                "model",
                shared.resolve("models/resnet20.onnx").toString(),
                "allocate",
                "lamp",
                "augment",
                "flip,crop4",
                "batch",
                128,
                "lr",
                0.1,
                "temperature",
                4,
                "label-weight",
                0.1);
        cases.add(new Case("resnet20/0.8", with(train, "sparsity", 0.8, "distill", 22), pixels, 0.9173 - 0.005));
        // Iterative: goes on from 80 %. Pruned at once, 22 epochs reached .891 (commit a8e2aa2).
        var sparse = Path.of("data/experiments/resnet20/0.8.onnx").toString();
        cases.add(new Case(
                "resnet20/0.9", with(train, "model", sparse, "sparsity", 0.9, "distill", 8), pixels, 0.9173 - 0.015));
    }

    private static void minilm(List<Case> cases, Path data, Path shared) {
        var tokenizer = data.resolve("minilm/tokenizer.json").toString();
        var test = settings("data", "sts:" + shared.resolve("data/stsb/sts-test.csv"), "tokenizer", tokenizer);
        var train = settings(
                "model",
                data.resolve("minilm/model.onnx").toString(),
                "data",
                "text:" + data.resolve("text/sentences.txt"),
                "tokenizer",
                tokenizer,
                "max-length",
                40,
                "batch",
                32);
        cases.add(new Case("minilm/0.5", with(train, "sparsity", 0.5, "distill", 0.3, "lr", 3e-4), test, 0.813));
        cases.add(new Case("minilm/2:4", with(train, "granularity", "2:4", "distill", 0.3, "lr", 3e-4), test, 0.806));
        cases.add(new Case("minilm/0.8", with(train, "sparsity", 0.8, "distill", 0.8, "lr", 1e-3), test, 0.765));
        cases.add(new Case(
                "minilm/block:2x1/0.8",
                with(train, "granularity", "block:2x1", "criterion", "l2", "sparsity", 0.8, "distill", 0.9, "lr", 1e-3),
                test,
                0.755));
    }

    /** Every second image of the sample teaches, the others test (so no class is in both): bench/recovery.sh links them. */
    private static void efficientnet(List<Case> cases, Path shared) {
        var split = Path.of("data/experiments/imagenet");
        var pixels =
                settings("mean", "0.498039,0.498039,0.498039", "std", "0.501961,0.501961,0.501961", "layout", "nchw");
        var test = with(pixels, "data", "images:" + split.resolve("test"));
        var dense = shared.resolve("models/efficientnet_lite0.onnx").toString();
        var model = with(pixels, "model", dense, "data", "images:" + split.resolve("train"));
        // Shared out evenly or globally, half of the weights are too many for the depthwise kernels: nothing is left
        // (0.0).
        var cut = settings("model", dense, "sparsity", 0.5, "allocate", "lamp");
        cases.add(new Case("efficientnet/prune-0.5", cut, test, Double.NaN));
        var learn = with(model, "sparsity", 0.5, "allocate", "lamp");
        cases.add(new Case("efficientnet/corrected-0.5", with(learn, "repair", "bias"), test, Double.NaN));
        cases.add(new Case(
                "efficientnet/distilled-0.5",
                with(
                        learn,
                        "repair",
                        "bias",
                        "distill",
                        4,
                        "batch",
                        16,
                        "lr",
                        0.0001,
                        "clip",
                        1,
                        "augment",
                        "flip,crop24"),
                test,
                Double.NaN));
    }
}
