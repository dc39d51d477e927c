package dev.coppice.bench.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is shipped is shipped under a licence that somebody looked up: build/Notice.java. */
class NoticeTest {
    private static final String APACHE = "<licenses><license><name>Apache-2.0</name></license></licenses>";

    private static final Path LIB = SourceTree.ROOT.resolve("cli/target/lib");

    @TempDir
    private Path folder;

    private Path lib;
    private Path out;

    @BeforeEach
    void makeFolders() throws IOException {
        lib = Files.createDirectory(folder.resolve("lib"));
        out = Files.createDirectory(folder.resolve("out"));
    }

    private record Run(int code, String said) {}

    private Run run(Path jars) throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        SourceTree.ROOT.resolve("build/Notice.java").toString(),
                        SourceTree.ROOT.resolve("build/licences.txt").toString(),
                        jars.toString(),
                        out.toString())
                .redirectErrorStream(true)
                .start();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Run(process.waitFor(), said);
    }

    private void jar(String name, Map<String, byte[]> entries) throws IOException {
        try (var jar = new JarOutputStream(Files.newOutputStream(lib.resolve(name)))) {
            for (var entry : new TreeMap<>(entries).entrySet()) {
                jar.putNextEntry(new JarEntry(entry.getKey()));
                jar.write(entry.getValue());
            }
        }
    }

    private void pom(String name, String content) throws IOException {
        Files.writeString(
                lib.resolve(name), "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">" + content + "</project>");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void aJarHasTheLicenceOfItsParentAndItsTexts() throws Exception {
        jar(
                "a-1.jar",
                Map.of("META-INF/LICENSE.txt", bytes("the text"), "a/A.class", bytes("\u00ca\u00fe\u00ba\u00be")));
        pom("a-1.pom", "<parent><artifactId>p</artifactId><version>2</version></parent>");
        pom("p-2.pom", APACHE);

        assertThat(run(lib)).isEqualTo(new Run(0, ""));
        assertThat(out.resolve("NOTICE"))
                .content()
                .contains("a-1.jar: Apache-2.0\n    licenses/a-1.jar/META-INF-LICENSE.txt\n");
        assertThat(out.resolve("licenses/a-1.jar/META-INF-LICENSE.txt")).hasContent("the text");
    }

    @Test
    void aJarWithoutALicenceFails() throws Exception {
        jar("a-1.jar", Map.of("x", bytes("x")));
        pom("a-1.pom", "");
        Files.writeString(out.resolve("NOTICE"), "of an earlier build");

        var run = run(lib);
        assertThat(run.code).isEqualTo(1);
        assertThat(run.said).contains("a-1.jar has no pom that names a licence");
        assertThat(out.resolve("NOTICE")).doesNotExist();
    }

    @Test
    void aLicenceThatNobodyLookedUpFails() throws Exception {
        jar("a-1.jar", Map.of("x", bytes("x")));
        pom("a-1.pom", "<licenses><license><name>Ours, ask us</name></license></licenses>");

        var run = run(lib);
        assertThat(run.code).isEqualTo(1);
        assertThat(run.said).contains("a-1.jar is under \"Ours, ask us\"");
    }

    @Test
    void anUnknownNativeLibraryFailsByNameAndByContent() throws Exception {
        jar(
                "a-1.jar",
                Map.of(
                        "linux/libnew.so.3",
                        bytes(""),
                        "hidden.bin",
                        bytes("\u007fELF..."),
                        "image.png",
                        bytes("\u0089PNG")));
        // In the jar of OpenBLAS only what is known there passes.
        jar(
                "openblas-0.3-1-linux.jar",
                Map.of(
                        "org/bytedeco/openblas/linux/libopenblas.so.0", bytes("\u007fELF"),
                        "org/bytedeco/openblas/linux/libmkl.so", bytes("\u007fELF")));
        pom("a-1.pom", APACHE);
        pom("openblas-0.3-1.pom", APACHE);

        var run = run(lib);
        assertThat(run.code).isEqualTo(1);
        assertThat(run.said.lines())
                .satisfiesExactlyInAnyOrder(
                        line -> assertThat(line).contains("a-1.jar holds the native library linux/libnew.so.3"),
                        line -> assertThat(line).contains("a-1.jar holds the native library hidden.bin"),
                        line -> assertThat(line).contains("the native library org/bytedeco/openblas/linux/libmkl.so"));
    }

    @Test
    void everythingInTheApplicationHasALicence() throws Exception {
        assumeThat(LIB.resolve("../coppice.jar")).exists();

        assertThat(run(LIB)).isEqualTo(new Run(0, ""));
        assertThat(out.resolve("NOTICE"))
                .content()
                .contains(
                        "libonnxruntime.so",
                        "libtorch_cpu.so",
                        "libgomp.so.1",
                        "libquadmath.so.0\n",
                        "LGPL-2.1-or-later")
                .contains("dev-coppice-pipeline-data-sample-NOTICE");
        assertThat(out.resolve("licenses/onnxruntime-1.29.0.jar/ThirdPartyNotices.txt"))
                .isNotEmptyFile();
    }
}
