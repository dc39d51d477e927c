package dev.coppice.bench.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.coppice.bench.guard.MethodLengths.Length;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is longer than this is split, not excused. */
class BudgetsTest {
    private static final int FILE_LINES = 400;
    private static final int METHOD_LINES = 60;
    /** Unrolled arithmetic reads better in one piece. */
    private static final int KERNEL_LINES = 100;

    private static final int PACKAGE_FILES = 40;

    /** One coupling rule, one file: the operators of ONNX decide how many there are. */
    private static final String RULES = "dev/coppice/prune/group";

    @TempDir
    private Path folder;

    @Test
    void noFileIsLongerThanItsBudget() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path file : SourceTree.files()) {
            long lines = Files.readAllLines(file).size();
            if (lines > FILE_LINES) {
                tooLong.add("%s has %d lines, at most %d".formatted(SourceTree.name(file), lines, FILE_LINES));
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    void noMethodIsLongerThanItsBudget() {
        List<String> tooLong = MethodLengths.of(SourceTree.files()).stream()
                .filter(method -> method.lines() > budget(method))
                .map(method -> "%s:%d: %s has %d lines, at most %d"
                        .formatted(
                                SourceTree.name(method.file()),
                                method.line(),
                                method.method(),
                                method.lines(),
                                budget(method)))
                .toList();
        assertThat(tooLong).isEmpty();
    }

    @Test
    void methodsAreMeasuredFromBraceToBrace() throws IOException {
        Path file = Files.writeString(folder.resolve("A.java"), """
                package a;
                class A {
                    @Deprecated
                    void three() {
                        run(() -> {});
                    }
                    void one() {}
                    abstract static class B { abstract void none(); }
                }
                """);
        assertThat(MethodLengths.of(List.of(file)))
                .extracting(Length::packageName, Length::method, Length::line, Length::lines)
                .containsExactly(tuple("a", "three", 4L, 3L), tuple("a", "one", 7L, 1L));
    }

    @Test
    void noPackageHasMoreFilesThanCanBeOverlooked() throws IOException {
        List<String> tooLarge = new ArrayList<>();
        for (Path folder : SourceTree.mainPackages()) {
            try (var files = Files.list(folder)) {
                long count = files.filter(Files::isRegularFile).count();
                if (count > PACKAGE_FILES && !folder.endsWith(RULES)) {
                    tooLarge.add("%s has %d files, at most %d".formatted(folder, count, PACKAGE_FILES));
                }
            }
        }
        assertThat(tooLarge).isEmpty();
    }

    /** What comes next has a room of its own; the way of a run is in one class. */
    @Test
    void thePipelineAloneIsInItsRootPackage() throws IOException {
        var root = SourceTree.mainPackages().stream()
                .filter(folder -> folder.endsWith("dev/coppice/pipeline"))
                .findFirst()
                .orElseThrow();
        try (var files = Files.list(root)) {
            assertThat(files.filter(Files::isRegularFile)
                            .map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("Pipeline.java", "package-info.java");
        }
    }

    @Test
    void everyPackageIsNullMarkedAndDescribed() {
        assertThat(SourceTree.mainPackages())
                .isNotEmpty()
                .allSatisfy(folder -> assertThat(folder.resolve("package-info.java"))
                        .content()
                        .contains("/**", "@NullMarked"));
    }

    private static int budget(Length method) {
        return method.packageName().equals("dev.coppice.runtime.kernel") ? KERNEL_LINES : METHOD_LINES;
    }
}
