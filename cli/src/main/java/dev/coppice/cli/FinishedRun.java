package dev.coppice.cli;

import dev.coppice.ir.BadInputException;
import dev.coppice.pipeline.report.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;

/** What is said of a run that was asked for again after it had come to its end: its receipt, and where it lies. */
final class FinishedRun {

    private static final String DAMAGED = "give another directory with --run";

    private FinishedRun() {}

    /** Prints the receipt in the run directory and returns the exit code that the run ended with. */
    static int tell(Path directory, Console console) {
        var document = Json.document(directory.resolve("receipt.json"), DAMAGED);
        var receipt = new LinkedHashMap<String, Object>();
        document.forEach((name, value) -> receipt.put(String.valueOf(name), value));
        console.print(() -> text(directory), () -> receipt);
        return Boolean.FALSE.equals(receipt.get("target-reached")) ? ExitCode.NOT_REACHED : ExitCode.DONE;
    }

    private static String text(Path directory) {
        try {
            return Files.readString(directory.resolve("receipt.txt"))
                    + "note: the run in %s was finished before; another --run begins anew%n".formatted(directory);
        } catch (IOException e) {
            throw new BadInputException("cannot read the receipt in " + directory + ": " + e.getMessage(), DAMAGED, e);
        }
    }
}
