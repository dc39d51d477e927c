package dev.coppice.bench.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the canary as the build compiles the application, with the very options of the root pom.xml. */
class NullAwayCanaryTest {
    private static final Path CANARY = SourceTree.ROOT.resolve("bench/src/canary/java/dev/coppice/canary");

    /** Of javac's internals, what Error Prone looks into. */
    private static final List<String> EXPORTS =
            List.of("api", "file", "main", "model", "parser", "processing", "tree", "util");

    private static final List<String> OPENS = List.of("code", "comp");

    @TempDir
    private Path classes;

    private record Compilation(int exitCode, String output) {}

    @Test
    void nullEscapeIsRefused() throws Exception {
        Compilation canary = compile("NullEscape.java");
        assertThat(canary.exitCode()).isNotZero();
        assertThat(canary.output())
                .contains("NullEscape.java:10: error: [NullAway] returning @Nullable expression")
                .contains("1 error");
    }

    @Test
    void handledNullIsAccepted() throws Exception {
        assertThat(compile("NullHandled.java")).isEqualTo(new Compilation(0, ""));
    }

    private Compilation compile(String source) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "javac").toString());
        EXPORTS.forEach(
                name -> command.add("-J--add-exports=jdk.compiler/com.sun.tools.javac." + name + "=ALL-UNNAMED"));
        OPENS.forEach(name -> command.add("-J--add-opens=jdk.compiler/com.sun.tools.javac." + name + "=ALL-UNNAMED"));
        command.addAll(List.of("-XDcompilePolicy=simple", "-XDaddTypeAnnotationsToSymbol=true"));
        command.addAll(List.of("--should-stop=ifError=FLOW", System.getProperty("errorprone.options")));
        String classPath = System.getProperty("java.class.path");
        command.addAll(List.of("-processorpath", classPath, "-classpath", classPath, "-d", classes.toString()));
        command.add(CANARY.resolve("package-info.java").toString());
        command.add(CANARY.resolve(source).toString());
        Process javac = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(javac.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Compilation(javac.waitFor(), output);
    }
}
