package dev.coppice.cli;

import dev.coppice.pipeline.inspect.Inspection;
import dev.coppice.pipeline.measure.Benchmark;
import dev.coppice.pipeline.report.Receipt;
import dev.coppice.pipeline.report.ReceiptText;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the quickstart says: for each step the command that does the same, and its result in short. */
final class QuickstartText {

    private static final int BAR = 24;

    private QuickstartText() {}

    static String opening(Path directory) {
        return """
                Coppice quickstart: a small network that reads handwritten digits (1,797 real images, UCI) is pruned step by step.
                Everything it writes is in %s.

                """.formatted(directory);
    }

    static String inspected(Path dense, Inspection inspection) {
        var text = new StringBuilder("1. What is in the model?\n");
        command(text, "inspect", quoted(dense));
        for (var weight : inspection.weights().prunable()) {
            text.append(String.format(
                    Locale.ROOT,
                    "   %-12s %-6s %-10s %,8d values%n",
                    weight.parameter().name(),
                    weight.parameter().op(),
                    weight.parameter().shape().toString().replace(" ", ""),
                    weight.parameter().size()));
        }
        return text.append('\n').toString();
    }

    static String pruned(QuickstartResult.Measured dense, List<QuickstartResult.Measured> pruned) {
        var text = new StringBuilder(
                "2. How much can go? Prune the smallest weights, at growing sparsity, and measure each model.\n");
        var example = pruned.getFirst();
        command(
                text,
                "prune",
                quoted(dense.file()),
                "-o",
                quoted(example.file()),
                sparsity(example),
                "--allocate global");
        command(text, "evaluate", quoted(example.file()), "--data digits");
        table(text, dense, pruned);
        return text.append("   (%d test images that the network never saw; no training after pruning)%n%n"
                        .formatted(dense.quality().samples()))
                .toString();
    }

    static String tuned(QuickstartResult.Measured dense, List<QuickstartResult.Measured> tuned) {
        var text = new StringBuilder(
                "3. How much can go when what is left may learn? The same, pruned in %d steps with %d epochs of training after each.\n"
                        .formatted(Quickstart.STEPS, Quickstart.EPOCHS));
        var example = tuned.getLast();
        command(
                text,
                "prune",
                quoted(dense.file()),
                "-o",
                quoted(example.file()),
                sparsity(example),
                "--allocate global",
                training());
        table(text, dense, tuned);
        return text.append('\n').toString();
    }

    private static String training() {
        return "--schedule cubic --steps %d --fine-tune %d --data digits"
                .formatted(Quickstart.STEPS, Quickstart.EPOCHS);
    }

    static String benchmarked(Benchmark.Result result, String shape) {
        var text = new StringBuilder("4. Is it faster?\n");
        var before = result.timings().getFirst();
        var after = result.timings().getLast();
        command(text, "benchmark", quoted(before.model()), quoted(after.model()), "--shape", shape);
        return text.append(indented(BenchmarkCommand.text(result))).append("""

                   Zeros alone buy no speed in a dense runtime, which multiplies by them like by any other number: what differs
                   here is noise. What they buy is size, as the gzip column shows.

                """).toString();
    }

    static String receipt(Path dense, QuickstartResult.Measured chosen, Path runDirectory, Receipt receipt) {
        var text = new StringBuilder("5. The receipt of the sparsest model within one point of the dense accuracy.\n");
        command(
                text,
                "prune",
                quoted(dense),
                "-o",
                quoted(chosen.file()),
                sparsity(chosen),
                "--allocate global",
                training(),
                "--measure --threads 1 --run",
                quoted(runDirectory));
        return text.append(indented(ReceiptText.of(receipt))).append('\n').toString();
    }

    static String closing(QuickstartResult result) {
        return """
                Look at it:      %s
                Explained in:    %s (recipe, plan, provenance, receipt)
                Your own model:  coppice prune YOUR.onnx -o PRUNED.onnx --sparsity 0.5
                """.formatted(result.report(), result.runDirectory());
    }

    private static void table(
            StringBuilder text, QuickstartResult.Measured dense, List<QuickstartResult.Measured> models) {
        text.append("   ...\n   %-9s %9s %9s %11s%n".formatted("sparsity", "accuracy", "change", "gzip"));
        row(text, dense, dense);
        models.forEach(model -> row(text, dense, model));
    }

    private static void row(StringBuilder text, QuickstartResult.Measured dense, QuickstartResult.Measured model) {
        double quality = model.quality().value();
        text.append(String.format(
                Locale.ROOT,
                "   %-9s %7.2f %% %+7.2f   %8.1f kB  %s%n",
                model.sparsity() == 0 ? "dense" : "%.0f %%".formatted(model.sparsity() * 100),
                100 * quality,
                100 * (quality - dense.quality().value()),
                model.gzipBytes() / 1000.0,
                "#".repeat((int) Math.round(BAR * quality))));
    }

    private static String sparsity(QuickstartResult.Measured model) {
        return "--sparsity " + model.sparsity();
    }

    private static void command(StringBuilder text, String... words) {
        text.append("   $ coppice ").append(String.join(" ", words)).append('\n');
    }

    private static String indented(String lines) {
        return lines.lines()
                .map(line -> line.isEmpty() ? "\n" : "   " + line + "\n")
                .collect(Collectors.joining());
    }

    /** Returns the path as it has to be typed in a shell. */
    private static String quoted(Path path) {
        var plain = path.toString();
        return plain.matches("[\\w./+:@%,=-]+") ? plain : "'" + plain.replace("'", "'\\''") + "'";
    }
}
