package dev.coppice.bench.recovery;

import static dev.coppice.bench.recovery.Case.settings;
import static dev.coppice.bench.recovery.Case.with;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Channels and heads removed from pretrained networks, repaired without gradients and by distillation. */
final class StructuredCases {

    /** Shares of the MACs (1 x 128 tokens) that the even cuts leave; the global ones get the same. */
    private static final double MINILM_768_9 = 0.5921;

    private static final double MINILM_512_8 = 0.4562;

    /** What the ends of residual blocks count beside the outputs. */
    private static final double FEATURES = 64;

    private StructuredCases() {}

    static List<Case> all(Path data, Path shared) {
        var cases = new ArrayList<Case>();
        minilm(cases, data, shared);
        resnet(cases, data, shared);
        efficientnet(cases, shared, "structured/efficientnet/", 1);
        efficientnet(cases, shared, "structured/efficientnet/round-16/", 16);
        return cases;
    }

    private static void minilm(List<Case> cases, Path data, Path shared) {
        var tokenizer = data.resolve("minilm/tokenizer.json").toString();
        var test = settings("data", "sts:" + shared.resolve("data/stsb/sts-test.csv"), "tokenizer", tokenizer);
        var model = settings(
                "model",
                data.resolve("minilm/model.onnx").toString(),
                "data",
                "text:" + data.resolve("text/sentences.txt"),
                "tokenizer",
                tokenizer,
                "granularity",
                "channel+head",
                "repair",
                "least-squares",
                "measure",
                true);
        var train = settings("distill", 2, "lr", 5e-4, "max-length", 40, "batch", 32, "weight-decay", 0.01);
        even(cases, "structured/minilm/768-9", model, train, test, new double[] {0.25, 0.5, 0.793, 0.814, 5e-4, 3.5});
        even(cases, "structured/minilm/512-8", model, train, test, new double[] {
            1 / 3.0, 2 / 3.0, 0.776, 0.810, 1e-3, 3.5
        });
        global(cases, "structured/minilm/global-768-9", model, train, test, MINILM_768_9, 5e-4);
        global(cases, "structured/minilm/global-512-8", model, train, test, MINILM_512_8, 1e-3);
    }

    /** The same share of every layer; {@code figures}: share of heads, of neurons, target without and with training, rate, epochs. */
    private static void even(
            List<Case> cases,
            String name,
            Map<String, Object> model,
            Map<String, Object> train,
            Map<String, Object> test,
            double[] figures) {
        // The last glob that matches a group counts: the elements of values stay, heads and neurons go.
        var shares = settings("*value*", 0.0, "*query*", figures[0], "*intermediate*", figures[1]);
        var cut = with(model, "layers", shares);
        for (var criterion : List.of("wanda", "l2", "random")) {
            cases.add(new Case(
                    name + "/" + criterion,
                    with(cut, "criterion", criterion),
                    test,
                    criterion.equals("wanda") ? figures[2] : Double.NaN));
        }
        cases.add(new Case(
                name + "/distilled",
                with(both(with(cut, "criterion", "wanda"), train), "lr", figures[4], "distill", figures[5]),
                test,
                figures[3]));
    }

    private static Map<String, Object> both(Map<String, Object> settings, Map<String, Object> more) {
        var all = new LinkedHashMap<>(settings);
        all.putAll(more);
        return all;
    }

    private static void global(
            List<Case> cases,
            String name,
            Map<String, Object> model,
            Map<String, Object> train,
            Map<String, Object> test,
            double macs,
            double rate) {
        var cut = with(model, "max-macs", macs, "allocate", "global", "criterion", "wanda");
        cases.add(new Case(name + "/wanda", cut, test, Double.NaN));
        cases.add(new Case(name + "/distilled", with(both(cut, train), "lr", rate), test, Double.NaN));
    }

    private static void resnet(List<Case> cases, Path data, Path shared) {
        var pixels = settings(
                "data", "cifar10:" + data.resolve("cifar10"), "mean", "0.485,0.456,0.406", "std", "0.229,0.224,0.225");
        var cut = with(
                pixels,
                "model",
                shared.resolve("models/resnet20.onnx").toString(),
                "granularity",
                "channel",
                "max-macs",
                0.5,
                "measure",
                true);
        var repair = settings("repair", "least-squares", "calibrate", 2000);
        var train = settings("distill", 10, "lr", 0.05, "temperature", 4, "label-weight", 0.1, "augment", "flip");
        for (var way : List.of(
                "global/wanda",
                "global/wanda/round-8",
                "uniform/wanda",
                "global/random",
                "global/random/round-8",
                "inner/wanda/round-8",
                "inner/random/round-8",
                "global/l2")) {
            var parts = way.split("/", -1);
            boolean inner = parts[0].equals("inner"); // the channels within blocks, ranked globally
            var own = with(cut, "allocate", inner ? "global" : parts[0], "criterion", parts[1]);
            if (inner) {
                own = with(own, "only", List.of("layer*.conv1.weight"));
            }
            var training = train;
            if (parts.length > 2) {
                own = with(own, "round-to", 8);
                training = with(train, "lr", 0.02);
            }
            var repaired = both(own, repair);
            var name = "structured/resnet20/" + way;
            cases.add(new Case(name, own, pixels, Double.NaN));
            cases.add(new Case(name + "/reconstructed", repaired, pixels, Double.NaN));
            cases.add(new Case(name + "/distilled", both(repaired, training), pixels, 0.9173 - 0.01));
            cases.add(new Case(
                    name + "/features",
                    with(both(repaired, training), "lr", 0.02, "feature-weight", FEATURES),
                    pixels,
                    0.9173 - 0.01));
        }
    }

    /** Even-numbered images of the sample teach, odd-numbered ones test: bench/recovery.sh links them into two folders. */
    private static void efficientnet(List<Case> cases, Path shared, String name, int roundTo) {
        var split = Path.of("data/experiments/imagenet");
        var pixels =
                settings("mean", "0.498039,0.498039,0.498039", "std", "0.501961,0.501961,0.501961", "layout", "nchw");
        var test = with(pixels, "data", "images:" + split.resolve("test"));
        var cut = with(
                pixels,
                "model",
                shared.resolve("models/efficientnet_lite0.onnx").toString(),
                "data",
                "images:" + split.resolve("train"),
                "granularity",
                "channel",
                "max-macs",
                0.8,
                "round-to",
                roundTo,
                "allocate",
                "global",
                "criterion",
                "wanda",
                "measure",
                true);
        // Without BatchNormalization a higher rate, or AdamW at this one, ruins what least squares has repaired.
        var train = settings("distill", 4, "clip", 1, "augment", "flip,crop24");
        cases.add(new Case(name + "cut", cut, test, Double.NaN));
        cases.add(new Case(name + "reconstructed", with(cut, "repair", "least-squares"), test, Double.NaN));
        var distilled = with(both(with(cut, "repair", "least-squares"), train), "batch", 16, "lr", 0.0001);
        cases.add(new Case(name + "distilled", distilled, test, Double.NaN));
        cases.add(new Case(name + "features", with(distilled, "feature-weight", FEATURES), test, Double.NaN));
    }
}
