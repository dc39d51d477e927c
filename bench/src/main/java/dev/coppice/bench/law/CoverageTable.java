package dev.coppice.bench.law;

import dev.coppice.ir.onnx.OnnxReader;
import dev.coppice.pipeline.report.Json;
import dev.coppice.prune.group.Groups;
import dev.coppice.runtime.ort.OrtModel;
import dev.coppice.runtime.ort.OrtOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Writes how much of each model's weights structured pruning can reach, and how long finding the groups takes beside loading the file.
 *
 * <pre>CoverageTable RESULT.json PAGE.md MODEL...</pre>
 */
public final class CoverageTable {

    private static final int REPEATS = 3;
    private static final double TARGET = .95;

    /**
     * One model.
     *
     * @param readMillis to map the file and read its graph; weights are not touched
     * @param loadMillis to open the file in ONNX Runtime, on one thread
     * @param groupMillis to find the groups of the model that was read
     */
    private record Row(
            String model, Coverage coverage, int groups, double readMillis, double loadMillis, double groupMillis) {

        Map<String, Object> json() {
            var json = new LinkedHashMap<String, Object>();
            json.put("model", model);
            json.put("weights", coverage.weights());
            json.put("share", coverage.share());
            json.put("shareWithoutNormalised", coverage.exactShare());
            json.put("prunableGroups", groups);
            json.put("reasons", coverage.reasons());
            json.put("readMillis", readMillis);
            json.put("loadMillis", loadMillis);
            json.put("groupMillis", groupMillis);
            return json;
        }
    }

    private CoverageTable() {}

    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("usage: CoverageTable RESULT.json PAGE.md MODEL...");
            System.exit(2);
        }
        var rows = new ArrayList<Row>();
        for (var file : Arrays.stream(args).skip(2).map(Path::of).toList()) {
            rows.add(measure(file));
        }
        Files.writeString(
                Path.of(args[0]),
                Json.write(Map.of("models", rows.stream().map(Row::json).toList())));
        Files.writeString(Path.of(args[1]), page(rows));
    }

    private static Row measure(Path file) {
        double read = Double.POSITIVE_INFINITY;
        double loaded = Double.POSITIVE_INFINITY;
        double grouped = Double.POSITIVE_INFINITY;
        Groups groups = null;
        for (int i = 0; i < REPEATS; i++) {
            long start = System.nanoTime();
            var model = OnnxReader.read(file);
            long known = System.nanoTime();
            groups = Groups.of(model);
            long done = System.nanoTime();
            read = Math.min(read, (known - start) / 1e6);
            grouped = Math.min(grouped, (done - known) / 1e6);
            loaded = Math.min(loaded, loadMillis(file));
        }
        var found = file.getFileName().toString().startsWith("light_")
                ? Groups.of(LawCheck.model(file))
                : java.util.Objects.requireNonNull(groups);
        var folder = file.toAbsolutePath().getParent();
        var name = folder == null ? file.toString() : folder.getFileName() + "/" + file.getFileName();
        int free = (int) found.list().stream()
                .filter(group -> group.blocked().isEmpty() && group.width() > 1)
                .count();
        return new Row(name.replace(".onnx", ""), Coverage.of(found.model(), found), free, read, loaded, grouped);
    }

    /** Returns how long ONNX Runtime takes until it could run the model. */
    private static double loadMillis(Path file) {
        long start = System.nanoTime();
        try (var _ = OrtModel.open(file, OrtOptions.defaults().withThreads(1))) {
            return (System.nanoTime() - start) / 1e6;
        }
    }

    private static String page(List<Row> rows) {
        var page = new StringBuilder("""
                # What structured pruning can reach

                Written by `bench/coverage.sh`; [all figures](../bench/results/structured-coverage.json). A weight of a convolution, matrix product or
                recurrent layer counts as covered when it lies in at least one dependency group of two units or more that nothing blocks: channels,
                neurons, heads, hidden units. *Exact* leaves out groups over which values are normalised (`--include-normalised`).

                """);
        var real = rows.stream().filter(row -> !isExport(row)).toList();
        var exports = rows.stream().filter(CoverageTable::isExport).toList();
        table(page, real);
        if (!exports.isEmpty()) {
            long reached = exports.stream()
                    .filter(row -> row.coverage().share() >= TARGET)
                    .count();
            page.append("""

                    ## Exports

                    Of %d exports by `bench/export-models.sh` (torchvision and small modules, two dialects, static and dynamic), %d reach 95 %%.
                    The others:

                    """.formatted(exports.size(), reached));
            table(
                    page,
                    exports.stream()
                            .filter(row -> row.coverage().share() < TARGET)
                            .toList());
        }
        real.stream()
                .max(java.util.Comparator.comparingLong(row -> row.coverage().weights()))
                .ifPresent(row -> page.append(time(row)));
        return page.toString();
    }

    private static String time(Row row) {
        return """

                ## Time

                Of the largest model, %s, finding the groups takes %.0f ms: %.2f of the %.0f ms that ONNX Runtime takes to load it, %.1f times the %.0f ms of
                mapping the file, which touches no weight (best of %d, in one process; on a busy machine only the ratios tell something).
                """.formatted(
                        row.model(),
                        row.groupMillis(),
                        row.groupMillis() / row.loadMillis(),
                        row.loadMillis(),
                        row.groupMillis() / row.readMillis(),
                        row.readMillis(),
                        REPEATS);
    }

    private static boolean isExport(Row row) {
        return row.model().startsWith("torchscript/") || row.model().startsWith("dynamo/");
    }

    private static void table(StringBuilder page, List<Row> rows) {
        page.append(
                "| model | weights | covered | exact | groups | what keeps the rest |\n| --- | --- | --- | --- | --- | --- |\n");
        for (var row : rows) {
            var reasons = row.coverage().reasons().entrySet().stream()
                    .map(entry -> "%s: %.1f %%"
                            .formatted(
                                    entry.getKey(),
                                    100.0 * entry.getValue() / row.coverage().weights()))
                    .collect(Collectors.joining("<br>"));
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %,d | %.1f %% | %.1f %% | %d | %s |%n",
                    row.model(),
                    row.coverage().weights(),
                    100 * row.coverage().share(),
                    100 * row.coverage().exactShare(),
                    row.groups(),
                    reasons));
        }
    }
}
