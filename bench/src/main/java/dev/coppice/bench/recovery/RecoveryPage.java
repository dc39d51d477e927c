package dev.coppice.bench.recovery;

import dev.coppice.pipeline.recover.Retrain;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Writes docs/recovery.md from the results of {@link Experiments}.
 *
 * <p>Arguments: the file of results, the page to write.
 */
public final class RecoveryPage {

    private static final List<String> SPARSITIES = List.of("0.5", "0.8", "0.9", "0.95", "0.98");

    private final Map<?, ?> cases;
    private final StringBuilder page = new StringBuilder();

    private RecoveryPage(Map<?, ?> cases) {
        this.cases = cases;
    }

    public static void main(String[] arguments) throws IOException {
        if (!(Json.read(Files.readString(Path.of(arguments[0]))) instanceof Map<?, ?> document)
                || !(document.get("cases") instanceof Map<?, ?> cases)) {
            throw new IOException(arguments[0] + " holds no cases");
        }
        var page = new RecoveryPage(cases);
        page.write();
        Files.writeString(Path.of(arguments[1]), page.page);
    }

    private void write() {
        page.append("""
                # What training recovers

                Written by `bench/recovery.sh` from [the results](../bench/results/recovery.json), which hold every setting. Test data never trains.
                A dash means that the case has not been run.

                """);
        pretrained();
        lenet("lenet300", "LeNet-300-100");
        lenet("lenet5", "LeNet-5");
        retraining();
    }

    private void pretrained() {
        page.append("""
                ## Pretrained networks

                Distilled from the dense model; `labels` is their share of the loss. `target` is what we set out for.
                ResNet-20 at 90 % goes on from 80 %: its 8 epochs come after those 22. Seconds are missing where a run was interrupted and resumed.

                | case | metric | pruned and trained | target | epochs | labels | seconds |
                | --- | --- | --- | --- | --- | --- | --- |
                """);
        cases.forEach((name, value) -> {
            boolean shown = List.of("minilm", "resnet20", "efficientnet")
                    .contains(name.toString().replaceFirst("/.*", ""));
            if (shown && value instanceof Map<?, ?> result && result.get("settings") instanceof Map<?, ?> settings) {
                var target = result.get("target");
                line(
                        name.toString(),
                        String.valueOf(result.get("metric")),
                        number("%.4f", result.get("value")),
                        target == null ? "" : number("%.4f", target),
                        settings.containsKey("distill") ? String.valueOf(settings.get("distill")) : "none",
                        settings.get("label-weight") instanceof Number weight ? weight.toString() : "none",
                        number("%.0f", result.get("seconds")));
            }
        });
    }

    private void lenet(String network, String title) {
        page.append("""

                ## %s on MNIST

                Test error in percent, mean over the seeds that have been run, [least, most]. One-shot and iterative pruning get the same number of epochs;
                weights are shared out by LAMP. Dense: %s.

                | sparsity | prune only | prune + fine-tune | iterative + fine-tune |
                | --- | --- | --- | --- |
                """.formatted(title, errors(network, "dense")));
        for (var sparsity : SPARSITIES) {
            line(
                    sparsity,
                    errors(network, "prune/" + sparsity),
                    errors(network, "one-shot/" + sparsity),
                    errors(network, "iterative/" + sparsity));
        }
        for (var far : far(network)) {
            if (result(network, 1, "far/" + far) instanceof Map<?, ?> result
                    && result.get("parameters") instanceof Number all
                    && result.get("non-zeros") instanceof Number left) {
                page.append(String.format(
                        Locale.ROOT,
                        "%nIteratively to %s in more steps: error %s, %.0f times fewer parameters (biases and all).%n",
                        far,
                        errors(network, "far/" + far),
                        all.doubleValue() / left.doubleValue()));
            }
        }
    }

    /** Returns the sparsities that a network was pruned to in more steps. */
    private List<String> far(String network) {
        var prefix = network + "/seed1/far/";
        return cases.keySet().stream()
                .map(Object::toString)
                .filter(name -> name.startsWith(prefix))
                .map(name -> name.substring(prefix.length()))
                .sorted()
                .toList();
    }

    private Object result(String network, int seed, String what) {
        var result = cases.get(network + "/seed" + seed + "/" + what);
        return result == null ? "" : result;
    }

    private String errors(String network, String what) {
        var errors = new ArrayList<Double>();
        for (int seed = 1; seed <= 3; seed++) {
            value(result(network, seed, what)).ifPresent(value -> errors.add(100 * (1 - value)));
        }
        if (errors.isEmpty()) {
            return "–";
        }
        var summary = errors.stream().mapToDouble(Double::doubleValue).summaryStatistics();
        return errors.size() == 1
                ? String.format(Locale.ROOT, "%.2f (1 seed)", summary.getAverage())
                : String.format(
                        Locale.ROOT,
                        "%.2f [%.2f, %.2f] (%d seeds)",
                        summary.getAverage(),
                        summary.getMin(),
                        summary.getMax(),
                        errors.size());
    }

    private static OptionalDouble value(Object result) {
        return result instanceof Map<?, ?> map && map.get("value") instanceof Number number
                ? OptionalDouble.of(number.doubleValue())
                : OptionalDouble.empty();
    }

    private void retraining() {
        page.append("""

                ## Ways to retrain

                LeNet-300-100 at 90 %, five epochs after one-shot pruning: the question of Le & Hua 2021, whether random masks with a good schedule match
                L1 masks with a small constant rate. Test error in percent.

                | retraining | random masks | L1 masks |
                | --- | --- | --- |
                """);
        for (var retrain : Retrain.values()) {
            line(
                    retrain.label(),
                    errors("retrain", "random/" + retrain.label()),
                    errors("retrain", "l1/" + retrain.label()));
        }
    }

    private void line(String... cells) {
        page.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    private static String number(String format, @Nullable Object value) {
        return value instanceof Number number ? String.format(Locale.ROOT, format, number.doubleValue()) : "–";
    }
}
