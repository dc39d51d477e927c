package dev.coppice.bench.guard;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Measures methods with the compiler's own parser: from the line of the declaration to that of the closing brace. */
final class MethodLengths {
    /** One method; {@code file} is an absolute path, {@code line} counts from 1, {@code lines} includes both ends. */
    record Length(Path file, String packageName, String method, long line, long lines) {}

    private MethodLengths() {}

    /** Measures all methods and constructors with a body in {@code files}. */
    static List<Length> of(List<Path> files) {
        var compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "a JDK, not a JRE");
        try (var manager = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
            var task = (JavacTask)
                    compiler.getTask(null, manager, null, List.of(), null, manager.getJavaFileObjectsFromPaths(files));
            List<Length> lengths = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                new Scanner(unit, Trees.instance(task), lengths).scan(unit, null);
            }
            return lengths;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Scanner extends TreeScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final Trees trees;
        private final List<Length> lengths;

        Scanner(CompilationUnitTree unit, Trees trees, List<Length> lengths) {
            this.unit = unit;
            this.trees = trees;
            this.lengths = lengths;
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
            if (method.getBody() != null) {
                // Not the method's own start: its tree begins with its annotations.
                long from = line(trees.getSourcePositions().getStartPosition(unit, method.getBody()));
                long to = line(trees.getSourcePositions().getEndPosition(unit, method.getBody()));
                Path file = Path.of(unit.getSourceFile().toUri());
                lengths.add(new Length(file, packageName(), method.getName().toString(), from, to - from + 1));
            }
            return super.visitMethod(method, null);
        }

        private String packageName() {
            var name = unit.getPackageName();
            return name == null ? "" : name.toString();
        }

        private long line(long position) {
            return unit.getLineMap().getLineNumber(position);
        }
    }
}
