package dev.coppice.bench.criteria;

import dev.coppice.ir.CoppiceException;
import dev.coppice.ir.UsageException;
import dev.coppice.ir.host.Parallel;
import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.Pipeline;
import dev.coppice.pipeline.cut.PruningLoop;
import dev.coppice.pipeline.data.spec.DataOptions.Split;
import dev.coppice.pipeline.measure.Evaluation;
import dev.coppice.pipeline.measure.Evaluator;
import dev.coppice.pipeline.measure.WeightCounts;
import dev.coppice.pipeline.progress.Progress;
import dev.coppice.pipeline.recipe.Recipe;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.score.Criteria;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Prunes by every criterion, once, and judges what is left, without training and after a fixed small budget of it. Cells that have a line already are not measured again.
 *
 * <pre>CriteriaTable RESULTS.jsonl PAGE.md SAMPLES MODEL...</pre>
 */
public final class CriteriaTable {

    /**
     * A model, its data, and how it is judged.
     *
     * @param training the fixed small budget
     * @param budget the same in words
     */
    private record Subject(
            String name,
            String file,
            String metric,
            Map<String, Object> settings,
            Map<String, Object> training,
            String budget) {}

    private record Pattern(String granularity, double sparsity, boolean trained) {
        String label() {
            var label = granularity.isEmpty() || granularity.equals("2:4")
                    ? granularity
                    : String.format(Locale.ROOT, "%s %.0f %%", granularity, 100 * sparsity);
            return trained ? label + ", trained" : label;
        }
    }

    private static final Pattern DENSE = new Pattern("", 0, false);

    private static final List<Pattern> PATTERNS = List.of(
            new Pattern("unstructured", 0.5, false),
            new Pattern("2:4", 0.5, false),
            new Pattern("channel", 0.25, false),
            new Pattern("unstructured", 0.5, true),
            new Pattern("2:4", 0.5, true),
            new Pattern("channel", 0.25, true));

    private static final List<Subject> SUBJECTS = List.of(
            new Subject(
                    "resnet20",
                    "../shared/models/resnet20.onnx",
                    "top-1",
                    Map.of(
                            "data", "cifar10:data/cifar10",
                            "mean", "0.485,0.456,0.406",
                            "std", "0.229,0.224,0.225"),
                    Map.of("distill", 1, "limit", 5120, "batch", 128, "lr", 0.02, "augment", "flip,crop4"),
                    "one epoch over 5,120 images, distilled from the dense model"),
            new Subject(
                    "minilm",
                    "data/minilm/model.onnx",
                    "Spearman",
                    Map.of(
                            "data", "sts:../shared/data/stsb/sts-train.csv",
                            "test-data", "sts:../shared/data/stsb/sts-test.csv",
                            "tokenizer", "data/minilm/tokenizer.json"),
                    Map.of("distill", 1, "limit", 512, "batch", 16, "lr", 3e-4, "max-length", 40),
                    "one epoch over 512 pairs of sentences (not their scores), distilled from the dense model"));

    private final Path results;
    private final long samples;
    private final List<Map<?, ?>> cells = new ArrayList<>();

    private CriteriaTable(Path results, long samples) {
        this.results = results;
        this.samples = samples;
    }

    public static void main(String[] args) throws IOException {
        if (args.length < 4) {
            System.err.println("usage: CriteriaTable RESULTS.jsonl PAGE.md SAMPLES MODEL...");
            System.exit(2);
        }
        var table = new CriteriaTable(Path.of(args[0]), Long.parseLong(args[2]));
        table.readCells();
        var wanted = List.of(args).subList(3, args.length);
        for (var subject : SUBJECTS) {
            if (wanted.contains(subject.name())) {
                table.measure(subject);
            }
        }
        Files.writeString(Path.of(args[1]), table.page());
    }

    private void readCells() throws IOException {
        if (Files.exists(results)) {
            for (var line : Files.readAllLines(results)) {
                if (Json.read(line) instanceof Map<?, ?> cell) {
                    cells.add(cell);
                }
            }
        }
    }

    private void measure(Subject subject) throws IOException {
        cell(subject, "dense", DENSE);
        for (var pattern : PATTERNS) {
            for (var criterion : Criteria.all()) {
                cell(subject, criterion.label(), pattern);
            }
        }
    }

    private Optional<Map<?, ?>> known(String model, String criterion, String pattern) {
        return cells.stream()
                .filter(cell -> model.equals(cell.get("model"))
                        && criterion.equals(cell.get("criterion"))
                        && pattern.equals(cell.get("pattern")))
                .findFirst();
    }

    private void cell(Subject subject, String criterion, Pattern pattern) throws IOException {
        if (known(subject.name(), criterion, pattern.label()).isPresent()) {
            return;
        }
        var cell = new LinkedHashMap<String, Object>();
        cell.put("model", subject.name());
        cell.put("criterion", criterion);
        cell.put("pattern", pattern.label());
        cell.put("samples", samples);
        long began = System.nanoTime();
        try {
            cell.put("quality", quality(subject, criterion, pattern));
        } catch (CoppiceException e) {
            cell.put("refused", String.valueOf(e.getMessage()));
        }
        cell.put("seconds", Math.round((System.nanoTime() - began) / 1e8) / 10.0);
        cells.add(cell);
        Files.writeString(results, Json.line(cell) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.err.println(Json.line(cell));
    }

    private double quality(Subject subject, String criterion, Pattern pattern) throws IOException {
        var file = Files.createTempFile("coppice-criteria", ".onnx");
        try {
            var settings = new LinkedHashMap<>(subject.settings());
            settings.put("model", subject.file());
            settings.put("output", file.toString());
            settings.put("threads", 1L);
            settings.put("calibrate", 256L);
            settings.put("criterion", pattern.granularity().isEmpty() ? "l1" : criterion);
            settings.put("granularity", pattern.granularity().isEmpty() ? "unstructured" : pattern.granularity());
            settings.put("sparsity", pattern.sparsity());
            if (pattern.trained()) {
                settings.putAll(subject.training());
            }
            var recipe = Recipe.of(new Settings("", settings));
            if (pattern.trained()) {
                Pipeline.run(recipe, Progress.NONE);
            } else {
                var model = OnnxReader.read(recipe.model());
                OnnxWriter.write(PruningLoop.run(model, recipe, Progress.NONE).after(), file);
            }
            if (!pattern.equals(DENSE) && nonZeros(file) == nonZeros(recipe.model())) {
                throw new UsageException("nothing was pruned", "the criterion knows nothing of this model");
            }
            var data = recipe.testData().or(recipe::data).orElseThrow();
            var options = data.options().withLimit(samples);
            var evaluation = new Evaluation(
                    file,
                    Optional.empty(),
                    data.spec(),
                    data.spec().hasSplits() ? options.withSplit(Split.TEST) : options,
                    1);
            return Evaluator.evaluate(evaluation, Progress.NONE).value();
        } finally {
            Files.deleteIfExists(file);
        }
    }

    private static long nonZeros(Path model) {
        return new WeightCounts(Parallel.ofProcessors())
                .of(OnnxReader.read(model))
                .nonZeros();
    }

    private String page() {
        var page = new StringBuilder("""
            # Criteria compared

            What each criterion leaves of a pretrained model that is pruned once: without any training, and after the same small budget of it for
            all (columns "trained"). Single weights are shared out by the allocation that the criterion's paper uses (`wanda`: by row, `lamp`:
            globally, the others uniformly), channels uniformly. 256 samples of calibration data, seed 0. `movement` is made for pruning step by
            step during training; at once it knows next to nothing. *refused*: the reason is in `bench/results/criteria.jsonl`, which
            `bench/criteria.sh` writes together with this page.
            """);
        for (var subject : SUBJECTS) {
            known(subject.name(), "dense", DENSE.label()).ifPresent(dense -> page.append(table(subject, dense)));
        }
        return page.toString();
    }

    private String table(Subject subject, Map<?, ?> dense) {
        var text = new StringBuilder("\n## %s, %s on %s test samples; dense %s\n\nTrained: %s.\n\n"
                .formatted(subject.name(), subject.metric(), dense.get("samples"), figure(dense), subject.budget()));
        text.append("| criterion |");
        PATTERNS.forEach(pattern -> text.append(" ").append(pattern.label()).append(" |"));
        text.append("\n| --- |").append(" --- |".repeat(PATTERNS.size())).append('\n');
        for (var criterion : Criteria.all()) {
            text.append("| `").append(criterion.label()).append("` |");
            for (var pattern : PATTERNS) {
                text.append(' ')
                        .append(known(subject.name(), criterion.label(), pattern.label())
                                .map(CriteriaTable::figure)
                                .orElse(""))
                        .append(" |");
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String figure(Map<?, ?> cell) {
        return cell.get("quality") instanceof Double quality ? String.format(Locale.ROOT, "%.4f", quality) : "refused";
    }
}
