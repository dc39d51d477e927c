package dev.coppice.pipeline.study;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.HtmlReport;
import dev.coppice.pipeline.report.Json;
import dev.coppice.pipeline.report.ReceiptFile;
import dev.coppice.pipeline.run.RunDirectory;
import dev.coppice.pipeline.sensitivity.Curves;
import dev.coppice.pipeline.sensitivity.CurvesPage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes the page of a run directory anew, whatever kind of run it was. */
public final class RunReport {

    private static final String PAGE = "report.html";

    private RunReport() {}

    /**
     * Writes {@code report.html} from what the directory holds; returns where it is.
     *
     * @throws BadInputException when the directory is not one of a run, or of one that has not come to a result
     */
    public static Path write(Path directory) {
        if (Files.exists(directory.resolve(StudyReport.STUDY))) {
            return StudyReport.refresh(directory);
        }
        if (Files.exists(directory.resolve("sensitivity.json"))) {
            return write(directory, CurvesPage.of(curves(directory.resolve("sensitivity.json"))));
        }
        if (Files.exists(directory.resolve("receipt.json"))) {
            // A page that cannot be made of its receipt alone stays as the run has written it.
            return ReceiptFile.read(directory.resolve("receipt.json"))
                    .map(receipt -> write(directory, HtmlReport.of(receipt)))
                    .orElse(directory.resolve(PAGE));
        }
        if (Files.exists(directory.resolve("recipe.yaml"))) {
            throw new BadInputException(
                    "the run in " + directory + " has not come to a result",
                    "'coppice resume' goes on with training; a sensitivity run goes on by its own command");
        }
        throw new BadInputException(
                directory + " is no run directory", "name the directory that a command was given with --run");
    }

    private static Curves curves(Path file) {
        var hint = "run 'coppice sensitivity' again";
        var document = Json.document(file, hint);
        if (!(document.get("layers") instanceof List<?>)) {
            throw new BadInputException(file + " holds no curves", hint);
        }
        return Curves.read(document);
    }

    private static Path write(Path directory, String page) {
        RunDirectory.at(directory).write(PAGE, page);
        return directory.resolve(PAGE);
    }
}
