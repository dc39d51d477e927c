package dev.coppice.pipeline.study;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.file.Outputs;
import dev.coppice.pipeline.recipe.RecipeFile;
import dev.coppice.pipeline.report.HtmlPage;
import dev.coppice.pipeline.run.RunDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes what came of a study: Markdown, CSV, pictures and a page. */
public final class StudyReport {

    /** The files that keep a study in its run directory. */
    public static final String STUDY = "study.yaml";

    private static final String SETTINGS = "settings.yaml";

    private StudyReport() {}

    /** Writes all files into the study's run directory; returns the page. */
    public static Path write(StudyRun.Result result, Path directory) {
        var to = RunDirectory.at(directory);
        to.write("tables.md", markdown(result));
        to.write("cells.csv", csv(result));
        StudyCharts.of(result).forEach((name, svg) -> to.write(name + ".svg", svg));
        to.write("report.html", html(result));
        return directory.resolve("report.html");
    }

    /** Keeps the study beside its cells, with the settings that were replaced, so that the report can be written again. */
    public static void keep(Path file, Study study, Path directory) {
        var to = RunDirectory.at(directory);
        try {
            if (!Outputs.isSame(file, directory.resolve(STUDY))) {
                to.write(STUDY, Files.readString(file));
            }
        } catch (IOException e) {
            throw new BadInputException("cannot read " + file + ": " + e.getMessage(), "check its permissions", e);
        }
        to.write(SETTINGS, RecipeFile.yaml(study.settings()));
    }

    /** Writes the report of a run directory again, from the cells that are finished; returns the page. */
    public static Path refresh(Path directory) {
        var study = StudyFile.read(directory.resolve(STUDY))
                .with(RecipeFile.read(directory.resolve(SETTINGS)).values());
        return write(StudyRun.finished(study, directory), directory);
    }

    /** Returns all cells as plain values. */
    public static List<Map<String, Object>> describe(StudyRun.Result result) {
        return result.cells().stream().map(CellResult::describe).toList();
    }

    /** Returns the tables as Markdown. */
    public static String markdown(StudyRun.Result result) {
        var table = new StudyTable(result);
        var text = new StringBuilder();
        text.append(metric(result))
                .append(", mean ± sample standard deviation over the seeds. ")
                .append(dense(result))
                .append("\n\n")
                .append(markdown(table.of(CellResult.QUALITY)))
                .append("\n")
                .append(markdown(table.gains()));
        var failures = failures(result);
        if (!failures.isEmpty()) {
            text.append("\nNot run:\n\n");
            failures.forEach(failure -> text.append("- ").append(failure).append("\n"));
        }
        return text.toString();
    }

    private static String markdown(List<List<String>> table) {
        var text = new StringBuilder();
        for (int i = 0; i < table.size(); i++) {
            text.append("| ").append(String.join(" | ", table.get(i))).append(" |\n");
            if (i == 0) {
                text.append("| ---")
                        .append(" | ---:".repeat(table.getFirst().size() - 1))
                        .append(" |\n");
            }
        }
        return text.toString();
    }

    /** Returns the table of quality as text for a terminal. */
    public static String text(StudyRun.Result result) {
        var table = new StudyTable(result).of(CellResult.QUALITY);
        var text = new StringBuilder(result.study().title() + "\n" + metric(result) + ". " + dense(result) + "\n\n");
        int first =
                table.stream().mapToInt(row -> row.getFirst().length()).max().orElse(0);
        for (var row : table) {
            text.append(String.format(Locale.ROOT, "  %-" + Math.max(1, first) + "s", row.getFirst()));
            row.stream().skip(1).forEach(cell -> text.append(String.format(Locale.ROOT, "  %17s", cell)));
            text.append("\n");
        }
        failures(result)
                .forEach(failure -> text.append("not run: ").append(failure).append("\n"));
        return text.toString();
    }

    private static String metric(StudyRun.Result result) {
        var names = result.cells().stream()
                .map(CellResult::metric)
                .filter(name -> !name.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return names.isEmpty() ? "no result" : String.join(", ", names);
    }

    private static String dense(StudyRun.Result result) {
        var text = new ArrayList<String>();
        for (var model : result.study().models().keySet()) {
            result.cells().stream()
                    .filter(cell -> model.equals(cell.at().get(Study.MODEL)))
                    .mapToDouble(cell -> cell.figure(CellResult.DENSE).orElse(Double.NaN))
                    .filter(Double::isFinite)
                    .average()
                    .ifPresent(mean -> text.add(String.format(Locale.ROOT, "%s %.4f", model, mean)));
        }
        return "Dense: " + String.join(", ", text) + ".";
    }

    private static List<String> failures(StudyRun.Result result) {
        return result.failures().stream()
                .map(cell -> cell.at().entrySet().stream()
                                .filter(entry -> !entry.getKey().equals(Study.SEED))
                                .map(entry -> entry.getKey() + " " + entry.getValue())
                                .collect(Collectors.joining(", "))
                        + ": " + cell.failure())
                .distinct()
                .toList();
    }

    /** Returns every cell as a line of comma-separated values. */
    static String csv(StudyRun.Result result) {
        var axes = result.study().grid().axes().stream().map(Study.Axis::name).toList();
        var figures = new LinkedHashSet<String>();
        result.cells().forEach(cell -> figures.addAll(cell.figures().keySet()));
        var text = new StringBuilder(String.join(",", axes))
                .append(",metric,")
                .append(String.join(",", figures))
                .append(",failure\n");
        for (var cell : result.cells()) {
            var line = new ArrayList<String>();
            axes.forEach(axis -> line.add(quoted(cell.at().getOrDefault(axis, ""))));
            line.add(cell.metric());
            figures.forEach(figure -> {
                var value = cell.figure(figure);
                line.add(value.isPresent() ? Double.toString(value.getAsDouble()) : "");
            });
            line.add(quoted(cell.failure()));
            text.append(String.join(",", line)).append("\n");
        }
        return text.toString();
    }

    private static String quoted(String text) {
        return text.matches("[^,\"\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }

    private static String html(StudyRun.Result result) {
        var study = result.study();
        var table = new StudyTable(result);
        var page = new HtmlPage("Study: " + study.title())
                .header("Coppice study", study.title(), metric(result) + ". " + dense(result));
        if (!study.claim().isEmpty()) {
            page.notes(List.of("The claim: " + study.claim()));
        }
        StudyCharts.of(result).forEach((name, svg) -> page.section(heading(name, result), svg));
        put(page, metric(result) + ", mean ± sample standard deviation", table.of(CellResult.QUALITY));
        put(page, "What is left, and what that gains", table.gains());
        return page.notes(failures(result)).end();
    }

    private static String heading(String chart, StudyRun.Result result) {
        return metric(result)
                + switch (chart) {
                    case "sparsity" -> " against sparsity";
                    case "theoretical" -> " against theoretical speed-up";
                    default -> " against measured speed-up";
                };
    }

    private static void put(HtmlPage page, String heading, List<List<String>> table) {
        page.table(heading, table.getFirst(), table.subList(1, table.size()));
    }
}
