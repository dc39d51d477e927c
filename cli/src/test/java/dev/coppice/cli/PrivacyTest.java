package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.ir.testing.TestData;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches the system calls of whole runs, in a home that is new and without the variables by which libraries know a build server. */
class PrivacyTest {

    /** Calls by which something could reach another machine. A socket alone reaches nobody: the JVM makes some to see what there is. */
    private static final Pattern NETWORK = Pattern.compile("\\b(connect|bind|sendto|sendmsg|sendmmsg)\\((.*)");

    /** A call that succeeded and makes or changes a file, with the file's name. */
    private static final Pattern WRITING = Pattern.compile(
            "\\b(?:mkdir|mkdirat|creat|openat|open|symlink|link|rename|renameat|renameat2)\\((?:AT_FDCWD,"
                    + " )?\"([^\"]+)\"(.*) = \\d+.*");

    private static final Path JAVACPP = Path.of(System.getProperty("user.home"), ".javacpp");

    @TempDir
    private Path folder;

    private Path model;

    @BeforeAll
    static void requireStrace() throws Exception {
        boolean works = false;
        try {
            works = new ProcessBuilder("strace", "-f", "-qq", "-o", "/dev/null", "true")
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException _) {
            // Not installed.
        }
        assumeTrue(works, "strace is not installed or may not trace: nobody watched whether Coppice calls home");
    }

    @BeforeEach
    void prepare() throws IOException {
        for (var name : List.of("home", "cache", "tmp", "work")) {
            Files.createDirectory(folder.resolve(name));
        }
        model = folder.resolve("work/dense.onnx");
        OnnxWriter.write(SampleModel.read(), model);
    }

    private List<String> trace(Object... arguments) throws Exception {
        var calls = folder.resolve("calls.txt");
        var command = new ArrayList<String>(
                List.of("strace -f -qq --seccomp-bpf -s 300 -e signal=none -e trace=network,file -o".split(" ")));
        command.addAll(List.of(
                calls.toString(),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:-UsePerfData",
                "-Duser.home=" + folder.resolve("home"),
                "-Djava.io.tmpdir=" + folder.resolve("tmp"),
                "-Dorg.bytedeco.javacpp.cachedir=" + JAVACPP.resolve("cache"),
                "-cp",
                System.getProperty("java.class.path")
                        .replace(File.pathSeparator + File.pathSeparator, File.pathSeparator),
                "dev.coppice.cli.Main"));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        var builder = new ProcessBuilder(command)
                .directory(folder.resolve("work").toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile());
        var environment = builder.environment();
        List.of("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY").forEach(environment::remove);
        environment.put("HOME", folder.resolve("home").toString());
        environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        environment.put("TMPDIR", folder.resolve("tmp").toString());
        var process = builder.start();
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("log.txt")))
                .isZero();
        return Files.readAllLines(calls);
    }

    /** Runs a command that loads {@code library}, and sees that it keeps to itself. */
    private void assertKeepsToItself(String library, Object... arguments) throws Exception {
        var calls = trace(arguments);
        assertThat(calls).as("calls that load " + library).anyMatch(call -> call.contains(library));
        assertThat(calls).filteredOn(PrivacyTest::reachesOut).isEmpty();
        assertThat(calls).filteredOn(this::writesElsewhere).isEmpty();
        for (var name : List.of("home", "cache", "tmp")) {
            assertThat(folder.resolve(name)).isEmptyDirectory();
        }
    }

    /** The C library asks the machine's own nscd, through a Unix socket, for the user's name. */
    private static boolean reachesOut(String call) {
        var match = NETWORK.matcher(call);
        return match.find() && !match.group(2).contains("AF_UNIX");
    }

    private boolean writesElsewhere(String call) {
        var match = WRITING.matcher(call);
        if (!match.find() || (call.contains("open") && !match.group(2).matches(".*O_(WRONLY|RDWR|CREAT).*"))) {
            return false;
        }
        var file = folder.resolve("work").resolve(match.group(1)).normalize();
        return Stream.of(folder.resolve("work"), folder.resolve("tmp"), Path.of("/dev"), Path.of("/proc"), JAVACPP)
                .noneMatch(file::startsWith);
    }

    @Test
    void benchmarkKeepsToItself() throws Exception {
        assertKeepsToItself("libonnxruntime.so", "benchmark", model, "--rounds", 3);
    }

    @Test
    void evaluateKeepsToItself() throws Exception {
        assertKeepsToItself("libonnxruntime.so", "evaluate", model, "--data", "digits");
    }

    @Test
    void staticInt8KeepsToItself() throws Exception {
        assertKeepsToItself(
                "libonnxruntime.so", "compress", model, "-o", "int8.onnx", "--int8", "static", "--data", "digits");
    }

    @Test
    void trainingKeepsToItself() throws Exception {
        assertKeepsToItself(
                "libtorch", "train", model, "-o", "trained.onnx", "--data", "digits", "--epochs", 1, "--threads", 1);
    }

    @Test
    void tokenizingKeepsToItself() throws Exception {
        var minilm = TestData.data("minilm/model.onnx");
        Files.writeString(folder.resolve("work/lines.txt"), "a cat sat\nthe sun is hot\n");
        assertKeepsToItself(
                "libtokenizers",
                "evaluate",
                minilm,
                "--reference",
                minilm,
                "--data",
                "text:lines.txt",
                "--tokenizer",
                minilm.resolveSibling("tokenizer.json"));
    }
}
