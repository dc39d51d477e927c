package dev.coppice.cli;

import dev.coppice.ir.BadInputException;
import dev.coppice.ir.UsageException;
import dev.coppice.pipeline.study.StudyFile;
import dev.coppice.pipeline.study.StudyReport;
import dev.coppice.pipeline.study.StudyRun;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code coppice study}: runs a declared experiment. */
final class StudyCommand extends CliCommand {

    private static final Path NAMED = Path.of("bench", "studies");

    private final Argument<String> study;
    private final Argument<Path> run;
    private final Argument<Integer> jobs;
    private final Argument<List<String>> changes;

    StudyCommand() {
        super(
                "study",
                "Runs an experiment: every cell of a grid of settings, with tables and pictures of what came of it.");
        study = parameter("STUDY", String.class, "A study file (YAML), or the name of one in bench/studies.");
        run = option("--run", "DIR", Path.class, "Keep cells, models, tables and page there; default runs/study-NAME.");
        jobs = option("--jobs", "N", Integer.class, "1", "Cells to run at once, each on one thread; default 1.");
        changes = repeatable("--set", "NAME=VALUE", "Replace a setting that all cells have in common; repeatable.");
        footer(
                "",
                "Finished cells are not repeated: the same command goes on after a kill, and runs what is new after a change",
                "of the study. Paths in a study are relative to the working directory; the named ones are meant for the",
                "repository, after bench/data.sh.",
                "",
                "Examples:",
                "  coppice study criteria --jobs 2",
                "  coppice study my-study.yaml --run runs/mine --set limit=1000");
    }

    @Override
    public Integer call() {
        if (jobs.value() < 1) {
            throw new UsageException(jobs.value() + " jobs", "give 1 or more");
        }
        var file = file(study.value());
        var experiment = StudyFile.read(file).with(changes());
        var directory = run.given().orElseGet(() -> Path.of("runs", "study-" + experiment.name()));
        var result = StudyRun.run(experiment, new StudyRun.Options(directory, jobs.value()), console.progress());
        StudyReport.keep(file, experiment, directory);
        var page = StudyReport.write(result, directory);
        console.print(() -> text(result, page), () -> describe(result, page));
        return result.failures().size() == result.cells().size() ? ExitCode.NOT_REACHED : ExitCode.DONE;
    }

    private Map<String, Object> changes() {
        var settings = new LinkedHashMap<String, Object>();
        for (var change : changes.given().orElse(List.of())) {
            int at = change.indexOf('=');
            if (at < 1) {
                throw new UsageException("--set " + change, "write --set limit=1000");
            }
            settings.put(change.substring(0, at), change.substring(at + 1));
        }
        return settings;
    }

    /** Finds a study by its path, or by its name here or where the program was built. */
    private static Path file(String name) {
        var path = Path.of(name);
        if (Files.isRegularFile(path)) {
            return path;
        }
        var jar = Path.of(System.getProperty("java.class.path").split(java.io.File.pathSeparator, 2)[0]);
        var home = jar.toAbsolutePath().resolve("../../..").normalize();
        for (var place : List.of(NAMED, home.resolve(NAMED))) {
            var found = place.resolve(name + ".yaml");
            if (Files.isRegularFile(found)) {
                return found;
            }
        }
        throw new BadInputException(
                "there is no study " + name, "give a file, or a name of bench/studies in the repository");
    }

    private static String text(StudyRun.Result result, Path page) {
        int all = result.cells().size();
        return StudyReport.text(result)
                + "%n%d cells, %d of them from before; page: %s%n".formatted(all, result.repeated(), page);
    }

    private static Map<String, Object> describe(StudyRun.Result result, Path page) {
        var document = new LinkedHashMap<String, Object>();
        document.put("study", result.study().name());
        document.put("title", result.study().title());
        document.put("cells", StudyReport.describe(result));
        document.put("from-before", result.repeated());
        document.put("page", page.toString());
        return document;
    }
}
