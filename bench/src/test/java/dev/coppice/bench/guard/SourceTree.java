package dev.coppice.bench.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The repository's Java sources, found from bench, where its tests run. */
final class SourceTree {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final List<String> MODULES = List.of("ir", "prune", "runtime", "train", "pipeline", "cli", "bench");

    private SourceTree() {}

    /** Lists all Java files of all modules, tests among them. */
    static List<Path> files() {
        return Stream.concat(under("src/main/java"), under("src/test/java")).toList();
    }

    /** Lists the folders that hold Java files of the application. */
    static List<Path> mainPackages() {
        return under("src/main/java").map(Path::getParent).distinct().toList();
    }

    /** Names a file as a reader of the repository would. */
    static String name(Path file) {
        return ROOT.relativize(file).toString();
    }

    private static Stream<Path> under(String folder) {
        return MODULES.stream()
                .map(module -> ROOT.resolve(module).resolve(folder))
                .flatMap(SourceTree::javaFiles);
    }

    private static Stream<Path> javaFiles(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (var walk = Files.walk(folder)) {
            return walk.filter(file -> file.toString().endsWith(".java")).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
