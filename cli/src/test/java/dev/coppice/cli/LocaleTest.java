package dev.coppice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coppice.ir.onnx.OnnxWriter;
import dev.coppice.pipeline.data.sample.SampleModel;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Names beyond ASCII, where the locale is C. The names go through a shell script: this JVM may not be able to say them either. */
@EnabledOnOs(OS.LINUX)
class LocaleTest {

    private static final String LAUNCHER_LOCALE = """
        case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
            '' | C | POSIX) export LC_ALL=C.UTF-8 ;;
        esac
        """;

    @TempDir
    private Path folder;

    private Path launcher;

    @BeforeEach
    void prepare() throws IOException {
        OnnxWriter.write(SampleModel.read(), folder.resolve("dense.onnx"));
        launcher = Path.of("").toAbsolutePath();
        while (!Files.isRegularFile(launcher.resolve("coppice"))) {
            launcher = launcher.getParent();
        }
        launcher = launcher.resolve("coppice");
    }

    private int run(String setUp) throws Exception {
        var script = folder.resolve("run.sh");
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var classPath = System.getProperty("java.class.path").replaceAll(File.pathSeparator + "+", File.pathSeparator);
        Files.writeString(script, setUp + """
            mkdir -p 'données-数据' && mv dense.onnx 'données-数据/modèle-模型.onnx'
            %1$s -cp '%2$s' --enable-native-access=ALL-UNNAMED dev.coppice.cli.Main \
                prune 'données-数据/modèle-模型.onnx' -o 'données-数据/élagué.onnx' --sparsity 0.5 &&
            %1$s -cp '%2$s' --enable-native-access=ALL-UNNAMED dev.coppice.cli.Main \
                evaluate 'données-数据/élagué.onnx' --data digits && test -f 'données-数据/élagué.onnx'
            """.formatted(java, classPath));
        var builder = new ProcessBuilder("/bin/sh", script.toString())
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log.txt").toFile());
        List.of("LC_ALL", "LC_CTYPE").forEach(builder.environment()::remove);
        builder.environment().put("LANG", "C");
        var process = builder.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }

    @Test
    void theLauncherGivesCharactersWhereThereIsNoLocale() throws Exception {
        assertThat(Files.readString(launcher)).contains(LAUNCHER_LOCALE);
        int code = run(LAUNCHER_LOCALE);
        assertThat(code).as(Files.readString(folder.resolve("log.txt"))).isZero();
    }

    @Test
    void withoutTheLauncherItIsSaid() throws Exception {
        assertThat(run("")).isEqualTo(ExitCode.USAGE);
        assertThat(folder.resolve("log.txt"))
                .content()
                .contains("the locale does not know", "LC_ALL=C.UTF-8")
                .doesNotContain("\tat ");
    }
}
