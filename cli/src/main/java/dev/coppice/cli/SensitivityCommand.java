package dev.coppice.cli;

import dev.coppice.pipeline.recipe.Option.Group;
import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.pipeline.sensitivity.CurvesText;
import dev.coppice.pipeline.sensitivity.Sensitivity;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** {@code coppice sensitivity}: measures how much a model suffers when one layer alone is pruned. */
final class SensitivityCommand extends CliCommand {

    private final Argument<Path> report;

    SensitivityCommand() {
        super("sensitivity", "Prunes each layer alone, to several sparsities, and measures the quality of the model.");
        model("The ONNX model; it is not changed.");
        settings("criterion", "granularity", "include-normalised", "sparsities", "keep", "only", "calibrate");
        settings(Set.of("test-data"), Group.DATA);
        settings("run", "shape", "seed", "threads");
        report = option("--report", "FILE.html", Path.class, "Write the report there.");
        footer(
                "",
                "Without --split, data with parts is read from its training part; without --limit, 512 samples (8"
                        + " token",
                "windows) are used. Where the data has no labels, the dense model's outputs are the measure.",
                "The directory of --run serves 'coppice prune --allocate sensitivity --curves DIR'.",
                "",
                "Examples:",
                "  coppice sensitivity m.onnx --data cifar10:data/cifar10 --mean 0.485,0.456,0.406 --std"
                        + " 0.229,0.224,0.225",
                "  coppice sensitivity m.onnx --data text:lines.txt --tokenizer t.json --only '*attention*' --run"
                        + " runs/s",
                "  coppice sensitivity m.onnx --data sts:dev.csv --tokenizer t.json --granularity head --sparsities"
                        + " 0.25,0.5");
    }

    @Override
    public Integer call() {
        var curves = Sensitivity.run(new Settings("", settings()), report.given(), console.progress());
        console.print(() -> text(curves), () -> describe(curves));
        return ExitCode.DONE;
    }

    private String text(Curves curves) {
        var text = CurvesText.of(curves);
        var page = page();
        return page.isEmpty() ? text : text + "%nreport: %s%n".formatted(page);
    }

    private Map<String, Object> describe(Curves curves) {
        var document = new LinkedHashMap<>(curves.describe());
        if (!page().isEmpty()) {
            document.put("report", page());
        }
        return document;
    }

    /** Returns where the report is; empty when none was asked for. */
    private String page() {
        return report.given()
                .map(Path::toString)
                .orElseGet(() -> settings().get("run") instanceof String directory ? directory + "/report.html" : "");
    }
}
