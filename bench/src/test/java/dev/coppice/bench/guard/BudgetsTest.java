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
