package dev.coppice.cli;

import dev.coppice.pipeline.recipe.Settings;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.pipeline.sensitivity.CurvesText;
import dev.coppice.pipeline.sensitivity.Sensitivity;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** {@code coppice sensitivity}: measures how much a model suffers when one layer alone is pruned. */
final class SensitivityCommand extends CliCommand {

    private final Argument<Path> report;

    SensitivityCommand() {
        super("sensitivity", "Prunes each layer alone, to several sparsities, and measures the quality of the model.");
        setting(parameter("MODEL", Path.class, "The ONNX model; it is not changed."));
        textSetting("--sparsities", "S,S,...", "Default 0.1,0.3,0.5,0.7,0.9.");
        textSetting("--criterion", "C", "What to prune first, as of 'coppice prune'; default l1.");
        textSetting("--granularity", "G", "A pattern of zeros (default unstructured), channel, head or channel+head.");
        textSetting("--aggregate", "A", "Of the norms of coupled matrices: mean (default), sum, max.");
        setting(flag("--include-normalised", "Measure channels that are normalised over (LayerNorm), too."));
        setting(option("--calibrate", "N", Long.class, "Samples for criteria that look at data; default 256."));
        setting(repeatable("--keep", "GLOB", "Leave weights out by weight or node name; repeatable."));
        setting(repeatable("--only", "GLOB", "Measure only these weights; repeatable."));
        textSetting("--run", "DIR", "Keep finished cells, results and a report there; a killed run goes on.");
        report = option("--report", "FILE.html", Path.class, "Write the report there.");
        setting(option("--seed", "N", Long.class, "Seed of the random criterion; default 0."));
        setting(threads());
        dataSettings();
        footer(
                "",
                "Without --split, data with parts is read from its training part; without --limit, 512 samples (8 token",
                "windows) are used. Where the data has no labels, the dense model's outputs are the measure.",
                "The directory of --run serves 'coppice prune --allocate sensitivity --curves DIR'.",
                "",
                "Examples:",
                "  coppice sensitivity m.onnx --data cifar10:data/cifar10 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225",
                "  coppice sensitivity m.onnx --data text:lines.txt --tokenizer t.json --only '*attention*' --run runs/s",
                "  coppice sensitivity m.onnx --data sts:dev.csv --tokenizer t.json --granularity head --sparsities 0.25,0.5");
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
